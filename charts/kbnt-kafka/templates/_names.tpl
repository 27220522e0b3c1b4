{{- define "kafka.api" -}}
{{- if ne .Values.apiVersion "auto" }}{{ .Values.apiVersion }}
{{- else if .Capabilities.APIVersions.Has "kafka.strimzi.io/v1/Kafka" }}kafka.strimzi.io/v1
{{- else }}kafka.strimzi.io/v1beta2{{ end }}
{{- end }}

{{- define "kafka.labels" -}}
strimzi.io/cluster: {{ .Values.cluster.name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" | quote }}
{{- end }}
