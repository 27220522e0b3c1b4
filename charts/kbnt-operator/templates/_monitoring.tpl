{{- /*
Arguments: root, name, namespace, which may be empty. Where others put theirs, too, the name begins with the namespace of the
release: releases of one name would have one object between them.
*/}}
{{- define "kbnt.beside" -}}
{{- $elsewhere := and .namespace (ne .namespace .root.Release.Namespace) }}
name: {{ ternary (include "kbnt.nameAmongAll" .) .name (not (not $elsewhere)) | quote }}
namespace: {{ .namespace | default .root.Release.Namespace | quote }}
{{- end }}

{{- /*
Arguments: root, name, labels, selector. No token, no files, no other namespace: OpenShift's user-workload monitoring refuses
monitors that have any.
*/}}
{{- define "kbnt.serviceMonitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "kbnt.beside" (dict "root" .root "name" .name "namespace" .root.Values.serviceMonitor.namespace) | nindent 2 }}
  labels: {{- include "kbnt.labelsWith" (dict "labels" .labels "own" .root.Values.serviceMonitor.labels) | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" $.root) }}{{ . | nindent 2 }}{{ end }}
spec:
  selector:
    matchLabels: {{- .selector | nindent 6 }}
  {{- if .root.Values.serviceMonitor.namespace }}
  namespaceSelector: { matchNames: [{{ .root.Release.Namespace | quote }}] }
  {{- end }}
  endpoints:
    - port: metrics
      path: /metrics
      interval: {{ .root.Values.serviceMonitor.interval }}
      honorLabels: true
      relabelings:
        - { targetLabel: kbnt_install, replacement: {{ include "kbnt.install" .root | quote }} }
        {{- with .root.Values.serviceMonitor.relabelings }}{{ toYaml . | nindent 8 }}{{ end }}
      {{- with .root.Values.serviceMonitor.metricRelabelings }}
      metricRelabelings: {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}
