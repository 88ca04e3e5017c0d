{{/*
Peers of the network policies: lists, empty where there is nobody.
A policy without peers would let in everybody, so that who uses one of these decides what an empty one means.
*/}}

{{/* Parts of this release by their component, in its own namespace; of a dict with root and components. */}}
{{- define "azuraforge.peers.parts" -}}
{{- range .components }}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ include "azuraforge.name" $.root }}
      app.kubernetes.io/instance: {{ $.root.Release.Name }}
      app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/* Trainers, in the namespaces whose jobs are served. */}}
{{- define "azuraforge.peers.trainers" -}}
- podSelector: {matchLabels: {app.kubernetes.io/name: azuraforge-trainer}}
  {{- if .Values.jobs.allNamespaces }}
  namespaceSelector: {}
  {{- else }}
  namespaceSelector:
    matchExpressions:
      - {key: kubernetes.io/metadata.name, operator: In, values: {{ include "azuraforge.jobs.namespaces" . }}}
  {{- end }}
{{- end }}

{{/* The collector of each node; where it is yours, whatever runs in the namespace that it is said to have. */}}
{{- define "azuraforge.peers.collector" -}}
- namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: {{ include "azuraforge.collector.namespace" . }}}
  {{- if eq .Values.logs.collector.mode "bundled" }}
  podSelector:
    matchLabels:
      {{- include "azuraforge.collector.selectorLabels" . | nindent 6 }}
  {{- end }}
{{- end }}

{{/* Who looks at what the bundled Loki and Prometheus keep: a Grafana of yours is known by its name until you say more. */}}
{{- define "azuraforge.peers.observers" -}}
{{- if eq .Values.grafana.mode "bundled" }}
{{- include "azuraforge.peers.parts" (dict "root" . "components" (list "grafana")) }}
{{- end }}
{{- if .Values.networkPolicies.observersFrom }}
{{ toYaml .Values.networkPolicies.observersFrom }}
{{- else if eq .Values.grafana.mode "external" }}
- podSelector: {matchLabels: {app.kubernetes.io/name: grafana}}
  namespaceSelector: {}
{{- end }}
{{- end }}

{{/* Who reads metrics; empty where it is a Prometheus that nobody has named, and so everybody may. */}}
{{- define "azuraforge.peers.scrapers" -}}
{{- $observers := .Values.networkPolicies.observersFrom }}
{{- $isBundled := eq .Values.prometheus.mode "bundled" }}
{{- if or $observers (and $isBundled (not (include "azuraforge.prometheus.hasMonitors" .))) }}
{{- if $isBundled }}
- podSelector:
    matchLabels:
      {{- include "azuraforge.prometheus.selectorLabels" . | nindent 6 }}
  namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: {{ .Release.Namespace }}}
{{- end }}
{{- with $observers }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}
