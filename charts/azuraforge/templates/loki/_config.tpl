{{- define "azuraforge.loki.fullname" -}}
{{ include "azuraforge.fullname" . }}-loki
{{- end }}

{{- define "azuraforge.loki.selectorLabels" -}}
app.kubernetes.io/name: {{ include "azuraforge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: loki
{{- end }}

{{- define "azuraforge.loki.labels" -}}
{{ include "azuraforge.labels" . }}
app.kubernetes.io/component: loki
{{- end }}

{{/* Where Loki is reached from anywhere in the cluster; empty without one. */}}
{{- define "azuraforge.loki.url" -}}
{{- if eq .Values.loki.mode "bundled" -}}
http://{{ include "azuraforge.loki.fullname" . }}.{{ .Release.Namespace }}.svc:3100
{{- else if eq .Values.loki.mode "external" -}}
{{- required "loki.url: say where your Loki is, such as http://loki-gateway.logging.svc, or set loki.mode to bundled or disabled" .Values.loki.url | trimSuffix "/" }}
{{- end -}}
{{- end }}

{{/* One process, files on a volume. Labels are few and bounded; everything else is structured metadata. */}}
{{- define "azuraforge.loki.config" -}}
auth_enabled: false
analytics: {reporting_enabled: false}
server:
  http_listen_port: 3100
  grpc_listen_port: 9095
  log_level: warn
  log_format: json
  # What its parts may hand each other: an answer of 5,000 long lines is more than the default, 4 MiB.
  grpc_server_max_recv_msg_size: 67108864
  grpc_server_max_send_msg_size: 67108864
common:
  path_prefix: /var/loki
  instance_addr: 127.0.0.1
  replication_factor: 1
  ring: {kvstore: {store: inmemory}}
  storage: {filesystem: {chunks_directory: /var/loki/chunks, rules_directory: /var/loki/rules}}
schema_config:
  configs:
    - {from: "2024-04-01", store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}
# These two, and the duration below, only make it ready in 2 seconds instead of 11.
frontend: {scheduler_dns_lookup_period: 500ms}
frontend_worker: {dns_lookup_duration: 500ms}
# Of Loki's encodings zstd is the smallest on disk, and costs a quarter less of CPU than gzip, its default.
ingester: {chunk_encoding: zstd, lifecycler: {min_ready_duration: 0s}}
compactor: {working_directory: /var/loki/compactor, retention_enabled: true, delete_request_store: filesystem}
limits_config:
  allow_structured_metadata: true
  volume_enabled: true
  # A line that is too long loses its end, in place of all of it.
  max_line_size_truncate: true
  retention_period: {{ .Values.loki.retentionHours }}h
  # An hour of logs may arrive at once when Loki was away.
  ingestion_rate_mb: 32
  ingestion_burst_size_mb: 64
  per_stream_rate_limit: 16MB
  per_stream_rate_limit_burst: 64MB
  discover_service_name: []
  shard_streams: {enabled: false}
  otlp_config:
    resource_attributes:
      ignore_defaults: true
      attributes_config:
        - {action: index_label, attributes: [namespace, app, component, container, trainingjob]}
ruler:
  storage: {type: local, local: {directory: /etc/loki/rules}}
  rule_path: /var/loki/rule-files
  {{- with .Values.loki.alertmanagerUrl }}
  alertmanager_url: {{ . }}
  {{- end }}
  enable_alertmanager_v2: true
  ring: {kvstore: {store: inmemory}}
{{- end }}
