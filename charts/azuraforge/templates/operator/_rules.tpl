{{/* What the operator may do where jobs are. */}}
{{- define "azuraforge.operator.jobRules" -}}
- apiGroups: [azuraforge.io]
  resources: [trainingjobs]
  verbs: [get, list, watch, delete]
- apiGroups: [azuraforge.io]
  resources: [trainingjobs/status]
  verbs: [patch]
# Where owners must be protected (OwnerReferencesPermissionEnforcement), children block their owner's end.
- apiGroups: [azuraforge.io]
  resources: [trainingjobs/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, delete]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [""]
  resources: [events]
  verbs: [create, list]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get]
{{- end }}

{{/* What it may do in its own namespace: the lease, and reading which plugins are installed. */}}
{{- define "azuraforge.operator.ownRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "azuraforge.operator.fullname" . }}]
  verbs: [get, update]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [list]
{{- end }}
