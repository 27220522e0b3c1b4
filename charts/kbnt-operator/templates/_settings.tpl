{{- /* The operator's settings file: what is given, and over it what the chart decides. */}}
{{- define "kbnt.settings" -}}
{{- include "kbnt.settingsCheck" . }}
{{- $own := dict
  "watchNamespaces" .Values.watchNamespaces
  "leaderElection" (dict "leaseName" (include "kbnt.fullname" .) "namespace" .Release.Namespace)
  "metrics" (dict "port" 8080)
  "health" (dict "port" 8081) }}
{{- with include "kbnt.kafka" . | fromYaml }}{{ $_ := set $own "kafka" . }}{{ end }}
{{- $all := mergeOverwrite (deepCopy .Values.settings) $own }}
{{- if dig "kafka" "brokers" "" $all }}{{ include "kbnt.kafkaCheck" $all.kafka }}{{ end }}
{{- $all | toYaml }}
{{- end }}

{{- /* Refuses settings that would be written over. */}}
{{- define "kbnt.settingsCheck" -}}
{{- $decided := dict
  "watchNamespaces" "give them as the value watchNamespaces"
  "kafka.brokers" "give them as the value kafka.brokers"
  "leaderElection.leaseName" "it is the Deployment's name, which the value fullnameOverride changes"
  "leaderElection.namespace" "it is that of the release"
  "metrics.port" "it is 8080, where the Service and the NetworkPolicy expect it"
  "health.port" "it is 8081, where the probes ask" }}
{{- range $path, $where := $decided }}
{{- $names := splitList "." $path }}
{{- $group := $.Values.settings }}
{{- range initial $names }}{{ $group = get $group . | default dict }}{{ end }}
{{- if hasKey $group (last $names) }}{{ fail (printf "settings.%s is decided by the chart: %s" $path $where) }}{{ end }}
{{- end }}
{{- end }}
