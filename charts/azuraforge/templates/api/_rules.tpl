{{/* What the API may do where jobs are: create and change them, and read what their pods say. */}}
{{- define "azuraforge.api.jobRules" -}}
- apiGroups: [azuraforge.io]
  resources: [trainingjobs]
  verbs: [get, list, watch, create, patch, delete]
# Live progress, under a field owner of its own.
- apiGroups: [azuraforge.io]
  resources: [trainingjobs/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
{{- end }}

{{/* What it may do in its own namespace: read which plugins are installed. */}}
{{- define "azuraforge.api.ownRules" -}}
- apiGroups: [""]
  resources: [configmaps]
  verbs: [list]
{{- end }}
