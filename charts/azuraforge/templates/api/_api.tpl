{{- define "azuraforge.api.fullname" -}}
{{ include "azuraforge.fullname" . }}-api
{{- end }}

{{/* Of a role or binding of the whole cluster; it carries the release's namespace. */}}
{{- define "azuraforge.api.clusterName" -}}
{{ printf "%s-%s" .Release.Namespace (include "azuraforge.api.fullname" .) }}
{{- end }}

{{- define "azuraforge.api.selectorLabels" -}}
app.kubernetes.io/name: {{ include "azuraforge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: api
{{- end }}

{{- define "azuraforge.api.labels" -}}
{{ include "azuraforge.labels" . }}
app.kubernetes.io/component: api
{{- end }}

{{/* The secret with the admin's token. */}}
{{- define "azuraforge.api.secret" -}}
{{ default (include "azuraforge.api.fullname" .) .Values.api.existingSecret }}
{{- end }}

{{/* Where trainers in any namespace reach the API; empty without one. */}}
{{- define "azuraforge.api.trackingUrl" -}}
{{- if .Values.api.trackingUrl }}
{{- .Values.api.trackingUrl | trimSuffix "/" }}
{{- else if .Values.api.enabled }}
{{- printf "http://%s.%s.svc:%v" (include "azuraforge.api.fullname" .) .Release.Namespace .Values.api.service.port }}
{{- end }}
{{- end }}

{{- define "azuraforge.api.publicUrl" -}}
{{- $ingress := .Values.api.ingress }}
{{- if .Values.api.publicUrl }}
{{- .Values.api.publicUrl | trimSuffix "/" }}
{{- else if $ingress.enabled }}
{{- printf "%s://%s" (ternary "https" "http" (ne $ingress.tlsSecret "")) $ingress.host }}
{{- else -}}
http://127.0.0.1:8000
{{- end }}
{{- end }}

{{/* Whether the runs claim of the release's own namespace is there to be mounted; empty: it is not. */}}
{{- define "azuraforge.api.mountsRuns" -}}
{{- if has .Release.Namespace (include "azuraforge.jobs.namespaces" . | fromJsonArray) }}true{{ end }}
{{- end }}

{{/*
Labels of claims that one node at a time mounts, by which trainers find this pod and it finds them: as the
operator does it (manifests/placement.py). The cache is not mounted here, but may be what trainers share.
*/}}
{{- define "azuraforge.api.claimLabels" -}}
{{- if include "azuraforge.api.mountsRuns" . }}
{{- if eq .Values.runs.accessMode "ReadWriteOnce" }}
azuraforge.io/runs-claim: {{ include "azuraforge.claimName" .Values.runs }}
{{- end }}
{{- if eq .Values.cache.accessMode "ReadWriteOnce" }}
azuraforge.io/cache-claim: {{ include "azuraforge.claimName" .Values.cache }}
{{- end }}
{{- end }}
{{- if eq .Values.api.data.accessMode "ReadWriteOnce" }}
azuraforge.io/uploads-claim: {{ include "azuraforge.claimName" .Values.api.data }}
{{- end }}
{{- end }}

{{- define "azuraforge.api.affinity" -}}
{{- $labels := include "azuraforge.api.claimLabels" . | fromYaml }}
{{- $shared := "" }}
{{- range list "runs" "cache" "uploads" }}
{{- $label := printf "azuraforge.io/%s-claim" . }}
{{- if and (not $shared) (hasKey $labels $label) }}{{ $shared = $label }}{{ end }}
{{- end }}
{{- if $shared }}
podAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - labelSelector: {matchLabels: {{ dict $shared (get $labels $shared) | toJson }}}
      topologyKey: kubernetes.io/hostname
{{- end }}
{{- if gt (int .Values.api.replicas) 1 }}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        labelSelector:
          matchLabels:
            {{- include "azuraforge.api.selectorLabels" . | nindent 12 }}
        topologyKey: kubernetes.io/hostname
{{- end }}
{{- end }}

{{/* What values cannot be together, in a sentence that names the key. */}}
{{- define "azuraforge.api.check" -}}
{{- $api := .Values.api }}
{{- if gt (int $api.replicas) 1 }}
{{- if eq .Values.postgresql.mode "disabled" }}
{{- fail (printf "api.replicas is %v, but SQLite has one writer: set postgresql.mode to bundled or external, or api.replicas to 1" $api.replicas) }}
{{- end }}
{{- if ne $api.data.accessMode "ReadWriteMany" }}
{{- fail (printf "api.replicas is %v, but api.data.accessMode %s keeps them all on one node: set it to ReadWriteMany with a storage class that has it" $api.replicas $api.data.accessMode) }}
{{- end }}
{{- end }}
{{- if and (eq .Values.postgresql.mode "external") (not .Values.postgresql.existingSecret) }}
{{- fail "postgresql.existingSecret: name a secret whose key url is your database's address, such as postgresql://user:password@host/name, or set postgresql.mode to bundled or disabled" }}
{{- end }}
{{- if and $api.ingress.enabled (not $api.ingress.host) }}
{{- fail "api.ingress.host: name the host under which people reach the service, or set api.ingress.enabled to false" }}
{{- end }}
{{- end }}
