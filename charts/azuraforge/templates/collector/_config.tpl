{{/*
The collector's configuration. What is peculiar in it, and why:
- The format of the container runtime is taken apart by regular expressions: the ready-made operator for it
  keeps a buffer that a hard kill loses. For the same reason batches are made in the queue on disk.
- The second pattern finds what was rotated while the collector was down.
- The observed time is set to the line's own, so that a line that is read twice is stored once.
- Its files are not forced to the disk: that would be six waits for each hundred lines. What a hard kill
  of the process leaves is whole all the same; after a loss of power a damaged file is made anew, lines
  are read from the beginning, and Loki stores once what it has already.
- The queue is bounded by the bytes of its volume, with room for what the database needs beside them.
- Batches are bounded in bytes: Loki's parts hand each other at most 4 MiB as they come, and a batch that
  is too large would be sent again forever, with everything else behind it.
- Plain tracebacks are joined to one entry; our own processes print theirs in one line.
- Bytes are not read as text before pieces are joined: the container runtime cuts in the middle of characters,
  and after blanks. Pieces and tracebacks are joined by pod, container and stream, whose lines take turns in
  one file that is moved aside now and then.
- A line of more than 224 KiB becomes several entries: Loki takes 256 KiB, and a piece is 16 KiB.
- Structured metadata are single values and short, since Loki refuses a line with too much of it.
*/}}
{{- define "azuraforge.collector.config" -}}
{{- $folders := list "*" }}
{{- if not .Values.jobs.allNamespaces }}
{{- $folders = list }}
{{- range append (include "azuraforge.jobs.namespaces" . | fromJsonArray) .Release.Namespace | uniq }}
{{- $folders = append $folders (printf "%s_*" .) }}
{{- end }}
{{- end }}
extensions:
  health_check: {endpoint: "${env:POD_IP}:13133"}
  file_storage: {directory: /var/lib/otelcol, create_directory: true, recreate: true}
receivers:
  file_log:
    include:
      {{- range $folders }}
      - /var/log/pods/{{ . }}/*/*.log
      - /var/log/pods/{{ . }}/*/*.log.2*
      {{- end }}
    exclude:
      - /var/log/pods/*/*/*.gz
      - /var/log/pods/*/*/*.tmp
      - /var/log/pods/{{ include "azuraforge.collector.namespace" . }}_{{ include "azuraforge.collector.fullname" . }}-*/*/*
    start_at: beginning
    encoding: utf-8-raw
    preserve_leading_whitespaces: true
    preserve_trailing_whitespaces: true
    include_file_path: true
    include_file_record_offset: true
    storage: file_storage
    retry_on_failure: {enabled: true, max_elapsed_time: 0}
    operators:
      - type: regex_parser
        regex: '^(?P<time>\S+) (?P<stream>stdout|stderr) (?P<tag>[PF]) ?(?P<log>.*)$'
        parse_to: attributes.cri
        timestamp:
          parse_from: attributes.cri.time
          layout_type: gotime
          layout: "2006-01-02T15:04:05.999999999Z07:00"
      - {type: move, from: attributes.cri.log, to: body}
      - type: regex_parser
        parse_from: 'attributes["log.file.path"]'
        parse_to: attributes.path
        regex: '/(?P<namespace>[^_/]+)_(?P<pod>[^_/]+)_(?P<uid>[^/]+)/(?P<container>[^/]+)/(?P<restarts>\d+)\.log[^/]*$'
        cache: {size: 128}
      - type: add
        field: attributes.source
        value: EXPR(attributes.path.uid + "/" + attributes.path.container + "/" + attributes.cri.stream)
        on_error: send_quiet
      - type: recombine
        combine_field: body
        combine_with: ""
        source_identifier: attributes.source
        is_last_entry: "attributes.cri.tag == 'F'"
        overwrite_with: newest
        max_log_size: 224KiB
      - {type: move, from: attributes.path.namespace, to: resource.namespace}
      - {type: move, from: attributes.path.container, to: resource.container}
      - {type: move, from: attributes.path.pod, to: 'resource["k8s.pod.name"]'}
      - {type: move, from: attributes.path.uid, to: 'resource["k8s.pod.uid"]'}
      - {type: move, from: attributes.cri.stream, to: attributes.stream}
      - type: recombine
        if: 'not (body startsWith "{")'
        combine_field: body
        source_identifier: attributes.source
        is_last_entry: 'not (body matches "^(Traceback |\\s|$)")'
        force_flush_period: 1s
        max_log_size: 224KiB
      - type: json_parser
        if: 'body startsWith "{"'
        parse_to: attributes.line
        on_error: send_quiet
        severity: {parse_from: attributes.line.level, mapping: {warn: warning, fatal: critical}}
processors:
  memory_limiter: {check_interval: 1s, limit_percentage: 75, spike_limit_percentage: 20}
  k8s_attributes:
    auth_type: serviceAccount
    wait_for_metadata: true
    filter: {node_from_env_var: NODE_NAME}
    pod_association:
      - sources: [{from: resource_attribute, name: k8s.pod.uid}]
    extract:
      metadata: [k8s.node.name]
      labels:
        - {tag_name: app, key: app.kubernetes.io/name, from: pod}
        - {tag_name: component, key: app.kubernetes.io/component, from: pod}
        - {tag_name: trainingjob, key: azuraforge.io/job-name, from: pod}
  transform:
    error_mode: ignore
    log_statements:
      - statements:
          - set(log.observed_time, log.time)
          # A pod that is gone already when its last lines are read has no labels left, but its name:
          # <job>-<attempt>-<five characters>.
          - set(resource.attributes["orphan"], resource.attributes["k8s.pod.name"]) where resource.attributes["trainingjob"] == nil and resource.attributes["container"] == "trainer"
          - replace_pattern(resource.attributes["orphan"], "-[0-9]+-[a-z0-9]{5}$$", "")
          - set(resource.attributes["trainingjob"], resource.attributes["orphan"]) where resource.attributes["orphan"] != nil
          - set(resource.attributes["component"], "trainer") where resource.attributes["orphan"] != nil
          - set(resource.attributes["app"], "azuraforge-trainer") where resource.attributes["orphan"] != nil
          - delete_key(resource.attributes, "orphan")
          {{- range list "level" "event" "run" "attempt" "epoch" "step" "rank" "loss" "request_id" }}
          - set(log.attributes["{{ . }}"], log.attributes["line"]["{{ . }}"]) where not (IsMap(log.attributes["line"]["{{ . }}"]) or IsList(log.attributes["line"]["{{ . }}"]))
          {{- end }}
          - delete_matching_keys(log.attributes, "^(line|path|cri|source|log\\.file\\..*name|log\\.file\\.path)$$")
          - truncate_all(log.attributes, 256)
          - set(log.severity_text, "") where log.severity_number == 0
exporters:
  otlp_http:
    logs_endpoint: ${env:LOKI_URL}/otlp/v1/logs
    {{- if .Values.loki.existingSecret }}
    headers: {Authorization: "${env:LOKI_AUTHORIZATION}"}
    {{- end }}
    retry_on_failure: {enabled: true, initial_interval: 1s, max_interval: 10s, max_elapsed_time: 0}
    sending_queue:
      storage: file_storage
      block_on_overflow: true
      sizer: bytes
      queue_size: {{ include "azuraforge.bytes" (dict "key" "logs.collector.queueSize" "quantity" .Values.logs.collector.queueSize "percentage" 70) }}
      num_consumers: 1
      batch: {sizer: bytes, flush_timeout: 200ms, min_size: 1000000, max_size: 1500000}
service:
  extensions: [health_check, file_storage]
  telemetry:
    metrics:
      readers:
        - pull: {exporter: {prometheus: {host: "${env:POD_IP}", port: 8888}}}
  pipelines:
    logs: {receivers: [file_log], processors: [memory_limiter, k8s_attributes, transform], exporters: [otlp_http]}
{{- end }}

{{- define "azuraforge.collector.fullname" -}}
{{ include "azuraforge.fullname" . }}-collector
{{- end }}

{{- define "azuraforge.collector.namespace" -}}
{{- default (printf "%s-logs" .Release.Namespace | trunc 63) .Values.logs.collector.namespace }}
{{- end }}

{{- define "azuraforge.collector.selectorLabels" -}}
app.kubernetes.io/name: {{ include "azuraforge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: collector
{{- end }}

{{- define "azuraforge.collector.labels" -}}
{{ include "azuraforge.labels" . }}
app.kubernetes.io/component: collector
{{- end }}
