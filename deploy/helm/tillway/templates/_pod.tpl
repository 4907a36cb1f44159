{{- /* What the pods of API and worker have in common: (dict "root" $ "part" "api" "of" .Values.api). */}}
{{- define "tillway.podMetadata" -}}
labels: {{- include "tillway.labels" . | nindent 2 }}
annotations:
  {{- /* Settings are read once, at the start: other settings, other pods. */}}
  checksum/config: {{ include (print .root.Template.BasePath "/config.yaml") .root | sha256sum }}
  {{- with .of.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "tillway.podSpec" -}}
serviceAccountName: {{ include "tillway.name" .root }}
automountServiceAccountToken: false
{{- /* Otherwise each Service of the namespace would be a variable, and one that is called api would be API_PORT. */}}
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .of.terminationGracePeriodSeconds }}
securityContext: {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
topologySpreadConstraints: {{- include "tillway.topologySpread" . | trim | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- $ca := include "tillway.ca" .root | fromJson }}
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
  {{- if $ca.secret }}
  - name: ca
    secret:
      secretName: {{ $ca.secret }}
      items: [{ key: {{ $ca.key }}, path: ca.crt }]
  {{- end }}
{{- end }}

{{- define "tillway.container" -}}
name: {{ .part }}
image: {{ include "tillway.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [{{ .part }}]
envFrom:
  - configMapRef: { name: {{ include "tillway.name" .root }} }
resources: {{- toYaml .of.resources | nindent 2 }}
securityContext: {{- include "tillway.containerSecurity" .root | nindent 2 }}
{{- $ca := include "tillway.ca" .root | fromJson }}
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  {{- if $ca.secret }}
  - { name: ca, mountPath: /etc/tillway/ca, readOnly: true }
  {{- end }}
{{- end }}

{{- /* live: the process answers. ready: it can do its work; asked for at most 2 s (it answers by then in any case). */}}
{{- define "tillway.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: {{ . }} }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /health/live, port: {{ . }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /health/ready, port: {{ . }} }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}
