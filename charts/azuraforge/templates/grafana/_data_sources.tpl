{{- define "azuraforge.grafana.fullname" -}}
{{ include "azuraforge.fullname" . }}-grafana
{{- end }}

{{- define "azuraforge.grafana.selectorLabels" -}}
app.kubernetes.io/name: {{ include "azuraforge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: grafana
{{- end }}

{{- define "azuraforge.grafana.labels" -}}
{{ include "azuraforge.labels" . }}
app.kubernetes.io/component: grafana
{{- end }}

{{/* Data sources with the uids that dashboards and the links of jobs name. */}}
{{- define "azuraforge.grafana.dataSources" -}}
apiVersion: 1
datasources:
  {{- with include "azuraforge.loki.url" . }}
  - name: Loki
    uid: loki
    type: loki
    access: proxy
    url: {{ . }}
    {{- if $.Values.loki.existingSecret }}
    jsonData: {httpHeaderName1: Authorization}
    secureJsonData: {httpHeaderValue1: $LOKI_AUTHORIZATION}
    {{- end }}
  {{- end }}
  {{- with include "azuraforge.prometheus.url" . }}
  - name: Prometheus
    uid: prometheus
    type: prometheus
    access: proxy
    url: {{ . }}
    # A Grafana that has a default already does not start with a second one.
    isDefault: {{ eq $.Values.grafana.mode "bundled" }}
    {{- if $.Values.prometheus.existingSecret }}
    jsonData: {httpMethod: POST, timeInterval: 15s, httpHeaderName1: Authorization}
    secureJsonData: {httpHeaderValue1: $PROMETHEUS_AUTHORIZATION}
    {{- else }}
    jsonData: {httpMethod: POST, timeInterval: 15s}
    {{- end }}
  {{- end }}
{{- end }}
