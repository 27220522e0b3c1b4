{{- /* Arguments: root, name, labels, selector, ports; also type and annotations. */}}
{{- define "kbnt.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "kbnt.serviceName" .name | quote }}
  namespace: {{ .root.Release.Namespace | quote }}
  labels: {{- .labels | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" $.root "own" (.annotations | default dict | toYaml)) }}{{ . | nindent 2 }}{{ end }}
spec:
  {{- with .type }}
  type: {{ . }}
  {{- end }}
  {{- with .root.Values.service.ipFamilyPolicy }}
  ipFamilyPolicy: {{ . }}
  {{- end }}
  {{- with .root.Values.service.ipFamilies }}
  ipFamilies: {{ toJson . }}
  {{- end }}
  selector: {{- .selector | nindent 4 }}
  ports:
    {{- range .ports }}
    - {{ . }}
    {{- end }}
{{- end }}

{{- /* Arguments: root, name, labels, selector. */}}
{{- define "kbnt.metricsService" -}}
{{- include "kbnt.service" (dict "root" .root "name" (printf "%s-metrics" .name) "labels" .labels "selector" .selector "ports" (list "{ name: metrics, port: 8080, targetPort: metrics }")) }}
{{- end }}
