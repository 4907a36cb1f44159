{{- define "tillway.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- /* Of a part: (dict "root" $ "part" "api"). What selects never changes. */}}
{{- define "tillway.selector" -}}
app.kubernetes.io/name: tillway
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "tillway.labels" -}}
{{ include "tillway.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "tillway.image" -}}
{{- $repository := required "image.repository: name the image that you built and pushed" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "tillway.secret" -}}
{{- required "existingSecret: name a Secret with DATABASE_URL and TILLWAY_MASTER_KEY" .Values.existingSecret -}}
{{- end }}

{{- /* One variable out of a Secret: (dict "root" $ "name" "DATABASE_URL" "from" .Values.database), from: secret and key, optional. */}}
{{- define "tillway.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .from.secret | default (include "tillway.secret" .root) }}
      key: {{ .from.key }}
      {{- if .from.optional }}
      optional: true
      {{- end }}
{{- end }}

{{- /* What an API and a worker have in common. */}}
{{- define "tillway.environment" -}}
{{- $root := . -}}
{{- with .Values }}
{{ include "tillway.secretVariable" (dict "root" $root "name" "DATABASE_URL" "from" .database) }}
{{ include "tillway.secretVariable" (dict "root" $root "name" "TILLWAY_MASTER_KEY" "from" (dict "key" "TILLWAY_MASTER_KEY")) }}
{{ include "tillway.secretVariable" (dict "root" $root "name" "METRICS_TOKEN" "from" (dict "key" "METRICS_TOKEN" "optional" (not .serviceMonitor.enabled))) }}
{{- if .database.replicas.enabled }}
{{ include "tillway.secretVariable" (dict "root" $root "name" "DATABASE_REPLICA_URL" "from" .database.replicas) }}
{{- end }}
{{- if eq .engine "redis" }}
{{ include "tillway.secretVariable" (dict "root" $root "name" "REDIS_URL" "from" .redis) }}
{{- end }}
{{- if and (eq .engine "kafka") .kafka.saslMechanism }}
{{ include "tillway.secretVariable" (dict "root" $root "name" "KAFKA_USERNAME" "from" (dict "secret" .kafka.secret "key" .kafka.usernameKey)) }}
{{ include "tillway.secretVariable" (dict "root" $root "name" "KAFKA_PASSWORD" "from" (dict "secret" .kafka.secret "key" .kafka.passwordKey)) }}
{{- end }}
{{- if .mongodb.enabled }}
{{ include "tillway.secretVariable" (dict "root" $root "name" "MONGODB_URL" "from" .mongodb) }}
{{- end }}
{{- if .smtp.enabled }}
{{ include "tillway.secretVariable" (dict "root" $root "name" "SMTP_URL" "from" .smtp) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The Secret of certificates of the engine in use; null without one. As JSON. */}}
{{- define "tillway.ca" -}}
{{- if eq .Values.engine "redis" }}{{ toJson .Values.redis.ca }}{{ else if eq .Values.engine "kafka" }}{{ toJson .Values.kafka.ca }}{{ else }}{"secret":""}{{ end -}}
{{- end }}

{{- define "tillway.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* Spread over machines and zones, each version for itself. */}}
{{- define "tillway.topologySpread" -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: {{ $.root.Values.topologySpread.whenUnsatisfiable }}
  labelSelector:
    matchLabels: {{- include "tillway.selector" $ | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}

{{- /* Refuses an update that could take no step. */}}
{{- define "tillway.strategy" -}}
{{- if and (has (toString .maxSurge) (list "0" "0%")) (has (toString .maxUnavailable) (list "0" "0%")) }}
{{- fail "strategy: maxSurge and maxUnavailable must not both be 0: no pod could ever be replaced" }}
{{- end -}}
type: RollingUpdate
rollingUpdate: { maxSurge: {{ .maxSurge }}, maxUnavailable: {{ .maxUnavailable }} }
{{- end }}
