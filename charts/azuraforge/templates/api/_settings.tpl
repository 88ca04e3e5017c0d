{{/* The service's settings as environment variables; azuraforge_api/settings.py describes each. */}}
{{- define "azuraforge.api.settings" -}}
{{- $api := .Values.api }}
{{- $settings := dict
  "BACKEND" "kubernetes"
  "DATA_DIR" "/var/lib/azuraforge/data"
  "KUBERNETES_PLUGIN_NAMESPACE" .Release.Namespace
  "METRICS_PORT" 8080
  "PREDICTION_WORKERS" $api.predictionWorkers
  "PUBLIC_URL" (include "azuraforge.api.publicUrl" .)
  "RUNS_DIR" "/var/lib/azuraforge/runs"
}}
{{- $namespaces := include "azuraforge.jobs.namespaces" . | fromJsonArray | join "," }}
{{- $_ := set $settings "KUBERNETES_NAMESPACES" (ternary "*" $namespaces .Values.jobs.allNamespaces) }}
{{- with $api.runRetentionDays }}
{{- $_ := set $settings "RUN_RETENTION_DAYS" . }}
{{- end }}
{{- with $api.trainerTokens.issuer }}
{{- $_ := set $settings "CLUSTER_ISSUER" . }}
{{- end }}
{{- with $api.trainerTokens.keysUrl }}
{{- $_ := set $settings "CLUSTER_JWKS_URL" . }}
{{- end }}
{{- if $api.oidc.issuer }}
{{- $_ := set $settings "OIDC_ISSUER" $api.oidc.issuer }}
{{- $_ := set $settings "OIDC_AUDIENCE" $api.oidc.audience }}
{{- $_ := set $settings "OIDC_ROLES_CLAIM" $api.oidc.rolesClaim }}
{{- $_ := set $settings "OIDC_ROLES" (toJson $api.oidc.roles) }}
{{- with $api.oidc.defaultRole }}
{{- $_ := set $settings "OIDC_DEFAULT_ROLE" . }}
{{- end }}
{{- end }}
{{- if eq .Values.postgresql.mode "bundled" }}
{{- $_ := set $settings "DATABASE_URL" (printf "postgresql://azuraforge@%s.%s.svc:5432/azuraforge" (include "azuraforge.postgresql.fullname" .) .Release.Namespace) }}
{{- end }}
{{- with include "azuraforge.loki.url" . }}
{{- $_ := set $settings "LOKI_URL" . }}
{{- end }}
{{- with .Values.grafana.url }}
{{- $_ := set $settings "GRAFANA_URL" . }}
{{- end }}
{{- range $name, $value := merge (deepCopy $api.settings) $settings }}
- {name: AZURAFORGE_{{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- if eq .Values.postgresql.mode "bundled" }}
- name: AZURAFORGE_DATABASE_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "azuraforge.postgresql.secret" . }}, key: {{ include "azuraforge.postgresql.key" . }}}}
{{- else if eq .Values.postgresql.mode "external" }}
- name: AZURAFORGE_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ .Values.postgresql.existingSecret }}, key: {{ include "azuraforge.postgresql.key" . }}}}
{{- end }}
{{- with .Values.loki.existingSecret }}
- name: AZURAFORGE_LOKI_AUTHORIZATION
  valueFrom: {secretKeyRef: {name: {{ . }}, key: authorization}}
{{- end }}
- name: AZURAFORGE_ADMIN_TOKEN
  valueFrom: {secretKeyRef: {name: {{ include "azuraforge.api.secret" . }}, key: admin-token}}
- {name: HOME, value: /tmp}
{{- with include "azuraforge.trust.env" . | trim }}
{{ . }}
- {name: PGSSLROOTCERT, value: /etc/azuraforge/trust/authorities.pem}
{{- end }}
{{- end }}
