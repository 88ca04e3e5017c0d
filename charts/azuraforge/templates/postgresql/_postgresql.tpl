{{- define "azuraforge.postgresql.fullname" -}}
{{ include "azuraforge.fullname" . }}-postgresql
{{- end }}

{{- define "azuraforge.postgresql.selectorLabels" -}}
app.kubernetes.io/name: {{ include "azuraforge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: postgresql
{{- end }}

{{- define "azuraforge.postgresql.labels" -}}
{{ include "azuraforge.labels" . }}
app.kubernetes.io/component: postgresql
{{- end }}

{{/* The secret with the bundled server's password. */}}
{{- define "azuraforge.postgresql.secret" -}}
{{ default (include "azuraforge.postgresql.fullname" .) .Values.postgresql.existingSecret }}
{{- end }}
