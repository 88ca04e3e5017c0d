{{- define "azuraforge.prometheus.fullname" -}}
{{ include "azuraforge.fullname" . }}-prometheus
{{- end }}

{{- define "azuraforge.prometheus.selectorLabels" -}}
app.kubernetes.io/name: {{ include "azuraforge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: prometheus
{{- end }}

{{- define "azuraforge.prometheus.labels" -}}
{{ include "azuraforge.labels" . }}
app.kubernetes.io/component: prometheus
{{- end }}

{{- define "azuraforge.prometheus.clusterName" -}}
{{ printf "%s-%s" .Release.Namespace (include "azuraforge.prometheus.fullname" .) }}
{{- end }}

{{/* Whether there are objects for the Prometheus operator; empty: there are none. */}}
{{- define "azuraforge.prometheus.hasMonitors" -}}
{{- $isKnown := .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}
{{- $asked := toString .Values.prometheus.monitors }}
{{- if or (eq $asked "true") (and (eq $asked "auto") $isKnown) }}true{{ end }}
{{- end }}

{{/* Where Prometheus is reached from anywhere in the cluster; empty without one. */}}
{{- define "azuraforge.prometheus.url" -}}
{{- if eq .Values.prometheus.mode "bundled" -}}
http://{{ include "azuraforge.prometheus.fullname" . }}.{{ .Release.Namespace }}.svc:9090
{{- else if eq .Values.prometheus.mode "external" -}}
{{- required "prometheus.url: say where your Prometheus is, such as http://prometheus-operated.monitoring.svc:9090, or set prometheus.mode to bundled or disabled" .Values.prometheus.url | trimSuffix "/" }}
{{- end -}}
{{- end }}

{{/* Pods of this release with a port called metrics; and, where it may, what nodes tell of containers and volumes. */}}
{{- define "azuraforge.prometheus.config" -}}
global: {scrape_interval: 15s, evaluation_interval: 15s}
rule_files: [/etc/prometheus/rules.yaml]
{{- with .Values.prometheus.alertmanagerUrl }}
alerting:
  alertmanagers:
    - scheme: {{ (urlParse .).scheme }}
      static_configs: [{targets: [{{ (urlParse .).host | quote }}]}]
{{- end }}
scrape_configs:
  - job_name: azuraforge
    # Metrics of jobs name the jobs' namespace themselves.
    honor_labels: true
    kubernetes_sd_configs:
      - role: pod
        namespaces: {names: [{{ .Release.Namespace }}, {{ include "azuraforge.collector.namespace" . }}]}
    relabel_configs:
      - source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance, __meta_kubernetes_pod_container_port_name]
        regex: {{ .Release.Name }};metrics
        action: keep
      - {source_labels: [__meta_kubernetes_pod_phase], regex: Running, action: keep}
      - {source_labels: [__meta_kubernetes_pod_label_app_kubernetes_io_component], target_label: component}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
  {{- if .Values.prometheus.nodeMetrics }}
  {{- range $name, $path := dict "kubelet" "/metrics" "cadvisor" "/metrics/cadvisor" }}
  - job_name: {{ $name }}
    scheme: https
    metrics_path: {{ $path }}
    # A kubelet's certificate is its own unless the cluster signs it; the token goes nowhere else.
    tls_config: {ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt, insecure_skip_verify: true}
    authorization: {credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token}
    kubernetes_sd_configs: [{role: node}]
    metric_relabel_configs:
      - source_labels: [__name__]
        regex: container_cpu_usage_seconds_total|container_memory_working_set_bytes|kubelet_volume_stats_(used|capacity)_bytes
        action: keep
  {{- end }}
  {{- end }}
{{- end }}
