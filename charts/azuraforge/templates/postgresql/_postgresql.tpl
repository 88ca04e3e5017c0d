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

{{/* The key in the secret that holds the password (bundled) or the address (external). */}}
{{- define "azuraforge.postgresql.key" -}}
{{ default (ternary "url" "password" (eq .Values.postgresql.mode "external")) .Values.postgresql.existingSecretKey }}
{{- end }}

{{/* The secret with the bundled server's password. */}}
{{- define "azuraforge.postgresql.secret" -}}
{{ default (include "azuraforge.postgresql.fullname" .) .Values.postgresql.existingSecret }}
{{- end }}
