{{/* Replicas prefer nodes of their own: the loss of one leaves another. */}}
{{- define "azuraforge.operator.affinity" -}}
{{- if gt (int .Values.operator.replicas) 1 }}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        labelSelector:
          matchLabels:
            {{- include "azuraforge.operator.selectorLabels" . | nindent 12 }}
        topologyKey: kubernetes.io/hostname
{{- end }}
{{- end }}

{{/* The operator's settings as environment variables; azuraforge_operator/settings.py describes each. */}}
{{- define "azuraforge.operator.settings" -}}
{{- $operator := .Values.operator }}
{{- $jobs := .Values.jobs }}
{{- $settings := dict
  "ALLOWED_IMAGES" (join "," $operator.allowedImages)
  "CACHE_CLAIM" (include "azuraforge.claimName" .Values.cache)
  "DEFAULT_CPU" $jobs.defaults.cpu
  "DEFAULT_MEMORY" $jobs.defaults.memory
  "DEFAULT_SHM" $jobs.defaults.shm
  "GPU_NODE_SELECTOR" (toJson $jobs.gpu.nodeSelector)
  "GPU_RESOURCE_NAME" $jobs.gpu.resourceName
  "GPU_RUNTIME_CLASS" $jobs.gpu.runtimeClassName
  "GPU_TOLERATIONS" (toJson $jobs.gpu.tolerations)
  "HEALTH_PORT" 8081
  "IMAGE_PULL_POLICY" .Values.images.pullPolicy
  "IMAGE_PULL_SECRETS" (join "," .Values.images.pullSecrets)
  "LEASE_NAME" (include "azuraforge.operator.fullname" .)
  "LEASE_SECONDS" $operator.leaseSeconds
  "LOG_LEVEL" $operator.logLevel
  "METRICS_PORT" 8080
  "NODE_SELECTOR" (toJson $jobs.nodeSelector)
  "PLUGIN_NAMESPACE" .Release.Namespace
  "PLUGIN_POLL_SECONDS" $operator.pluginPollSeconds
  "PROGRESS_POLL_SECONDS" $operator.progressPollSeconds
  "REQUEST_TIMEOUT_SECONDS" $operator.requestTimeoutSeconds
  "RESYNC_SECONDS" $operator.resyncSeconds
  "RUNS_CLAIM" (include "azuraforge.claimName" .Values.runs)
  "SCRATCH_SIZE" $jobs.defaults.scratch
  "TOLERATIONS" (toJson $jobs.tolerations)
  "TRACKING_URL" (include "azuraforge.api.trackingUrl" .)
  "TRAINER_SERVICE_ACCOUNT" $jobs.serviceAccount.name
  "WORKERS" $operator.workers
}}
{{- if not $jobs.allNamespaces }}
{{- $_ := set $settings "NAMESPACES" (include "azuraforge.jobs.namespaces" . | fromJsonArray | join ",") }}
{{- end }}
{{- if .Values.api.enabled }}
{{- $_ := set $settings "DATASETS_CLAIM" (include "azuraforge.claimName" .Values.api.data) }}
{{- $_ := set $settings "DATASETS_NAMESPACE" .Release.Namespace }}
{{- end }}
{{- range $name, $value := $settings }}
- {name: AZURAFORGE_OPERATOR_{{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
- name: AZURAFORGE_OPERATOR_IDENTITY
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: AZURAFORGE_OPERATOR_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- end }}
