{{/* Names and labels of everything; no template writes them otherwise. */}}

{{- define "azuraforge.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "azuraforge.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- $name := include "azuraforge.name" . }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "azuraforge.labels" -}}
app.kubernetes.io/name: {{ include "azuraforge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: azuraforge
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "azuraforge.operator.fullname" -}}
{{ include "azuraforge.fullname" . }}-operator
{{- end }}

{{/* Of a role or binding; those of the whole cluster carry the release's namespace. */}}
{{- define "azuraforge.operator.clusterName" -}}
{{ printf "%s-%s" .Release.Namespace (include "azuraforge.operator.fullname" .) }}
{{- end }}

{{- define "azuraforge.operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "azuraforge.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "azuraforge.operator.labels" -}}
{{ include "azuraforge.labels" . }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "azuraforge.jobs.labels" -}}
{{ include "azuraforge.labels" . }}
app.kubernetes.io/component: jobs
{{- end }}

{{/* Namespaces that are set up for jobs, as a JSON list. */}}
{{- define "azuraforge.jobs.namespaces" -}}
{{- default (list .Release.Namespace) .Values.jobs.namespaces | uniq | toJson }}
{{- end }}

{{- define "azuraforge.claimName" -}}
{{- default .name .existingClaim }}
{{- end }}

{{/* Full name of an image: (dict "image" .Values.images.operator "root" .) */}}
{{- define "azuraforge.image" -}}
{{- $images := .root.Values.images }}
{{- with $images.registry }}{{ trimSuffix "/" . }}/{{ end }}{{ .image.repository }}
{{- if .image.digest }}@{{ .image.digest }}
{{- else }}:{{ .image.tag | default $images.tag | default .root.Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "azuraforge.pullSecrets" -}}
{{- with .Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The volume of a StatefulSet, mounted as `data`: (dict "storage" .Values.loki.storage "labels" …) */}}
{{- define "azuraforge.dataClaim" -}}
{{- if not .storage.keep -}}
persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Retain}
{{ end -}}
volumeClaimTemplates:
  - metadata:
      name: data
      labels:
        {{- .labels | nindent 8 }}
    spec:
      accessModes: [ReadWriteOnce]
      {{- with .storage.storageClassName }}
      storageClassName: {{ . }}
      {{- end }}
      resources: {requests: {storage: {{ .storage.size }}}}
{{- end }}

{{/*
A secret that is made at the first installation and stays at upgrades. Where no cluster can be asked (helm
template, GitOps) it would change at every rendering: there a secret of one's own is asked for.
(dict "root" . "name" NAME "key" KEY "value" "grafana.existingSecret")
*/}}
{{- define "azuraforge.generatedSecret" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .name }}
{{- if and $found (hasKey $found.data .key) }}
{{- index $found.data .key | b64dec }}
{{- else if or (lookup "v1" "ConfigMap" .root.Release.Namespace "kube-root-ca.crt") (lookup "v1" "Namespace" "" "default") }}
{{- /* The former is in every namespace, and who may install may read it; the latter where the namespace is made just now. */}}
{{- randAlphaNum 32 }}
{{- else }}
{{- fail (printf "%s: no cluster is asked in this rendering, where a generated secret would change every time. Make a secret with the key %q and name it there." .value .key) }}
{{- end }}
{{- end }}

{{/* What named secrets hold, for a checksum; empty where there is no cluster to ask: (dict "root" . "names" (list …)) */}}
{{- define "azuraforge.existingSecrets" -}}
{{- range .names }}
{{- if . }}
{{- with lookup "v1" "Secret" $.root.Release.Namespace . }}{{ toJson .data }}{{ end }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Authorities of one's own: what each process that calls others reads in place of those of its image.
OpenSSL and Go look at SSL_CERT_FILE.
*/}}
{{- define "azuraforge.trust.env" -}}
{{- if .Values.trust.configMap }}
- {name: SSL_CERT_FILE, value: /etc/azuraforge/trust/authorities.pem}
{{- end }}
{{- end }}

{{- define "azuraforge.trust.mount" -}}
{{- if .Values.trust.configMap }}
- {name: trust, mountPath: /etc/azuraforge/trust, readOnly: true}
{{- end }}
{{- end }}

{{- define "azuraforge.trust.volume" -}}
{{- if .Values.trust.configMap }}
- name: trust
  configMap:
    name: {{ .Values.trust.configMap }}
    items: [{key: {{ .Values.trust.key | quote }}, path: authorities.pem}]
{{- end }}
{{- end }}

{{/*
A file of dashboards or rules with this release's own names of claims and Grafana's address in place of the
defaults: (dict "root" . "path" "files/rules/loki.yaml")
*/}}
{{- define "azuraforge.monitoringFile" -}}
{{- $claims := list }}
{{- range list .root.Values.cache .root.Values.runs .root.Values.api.data }}
{{- $claims = append $claims (include "azuraforge.claimName" .) }}
{{- end }}
{{- .root.Files.Get .path
  | replace "azuraforge-cache|azuraforge-runs|azuraforge-data" (join "|" $claims)
  | replace "data-azuraforge-(postgresql" (printf "data-%s-(postgresql" (include "azuraforge.fullname" .root))
  | replace "dashboard_url: /d/" (printf "dashboard_url: %s/d/" (trimSuffix "/" .root.Values.grafana.url)) }}
{{- end }}
