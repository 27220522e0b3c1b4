{{- /* Arguments: root, name, labels, selector. */}}
{{- define "kbnt.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name | quote }}
  namespace: {{ .root.Release.Namespace | quote }}
  labels: {{- .labels | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" $.root) }}{{ . | nindent 2 }}{{ end }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- .selector | nindent 6 }}
{{- end }}
