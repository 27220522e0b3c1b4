{{- define "kbnt.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride }}
{{- else if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "kbnt.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kbnt.labels" -}}
{{ include "kbnt.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "kbnt.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* The namespaces to serve, space-separated; empty = all. */}}
{{- define "kbnt.namespaces" -}}
{{- if kindIs "slice" .Values.watchNamespaces }}{{ join " " .Values.watchNamespaces }}
{{- else if eq .Values.watchNamespaces "own" }}{{ .Release.Namespace }}{{ end }}
{{- end }}

{{- /* Where pods go; the hooks' pods go where the operator's go. */}}
{{- define "kbnt.placement" -}}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "kbnt.podSecurity" -}}
runAsNonRoot: true
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "kbnt.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* What a pod's own account is mounted from: short-lived, renewed by the kubelet. */}}
{{- define "kbnt.tokenVolume" -}}
name: api-access
projected:
  defaultMode: 0444
  sources:
    - serviceAccountToken: { path: token, expirationSeconds: 3607 }
    - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
    - downwardAPI: { items: [{ path: namespace, fieldRef: { fieldPath: metadata.namespace } }] }
{{- end }}

{{- define "kbnt.tokenMount" -}}
{ name: api-access, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
{{- end }}

{{- define "kbnt.settings" -}}
{{- $own := dict
  "watchNamespaces" .Values.watchNamespaces
  "leaderElection" (dict "leaseName" (include "kbnt.fullname" .) "namespace" .Release.Namespace)
  "metrics" (dict "port" 8080)
  "health" (dict "port" 8081) }}
{{- with .Values.kafka.brokers }}
{{- $kafka := dict "brokers" . }}
{{- with $.Values.kafka.caSecret }}{{ $_ := set $kafka "ssl" (dict "caFile" "/etc/kbnt/kafka-ca/ca.crt") }}{{ end }}
{{- with $.Values.kafka.userSecret }}
{{- $_ := set $kafka "sasl" (dict "username" (required "kafka.username is needed with kafka.userSecret" $.Values.kafka.username) "passwordFile" "/etc/kbnt/kafka-user/password") }}
{{- end }}
{{- $_ := set $own "kafka" $kafka }}
{{- end }}
{{- mergeOverwrite (deepCopy .Values.settings) $own | toYaml }}
{{- end }}
