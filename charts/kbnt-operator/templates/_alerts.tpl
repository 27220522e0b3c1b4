{{- /* The rules, as prometheusRule.alerts changes them: switched off, with another severity, after another time, with more labels. */}}
{{- define "kbnt.alerts" -}}
{{- $rules := .Files.Get "files/alerts.yaml" | replace "RUNBOOKS" .Values.prometheusRule.runbookUrl | fromYaml }}
{{- $changes := .Values.prometheusRule.alerts }}
{{- $known := list }}
{{- range $group := $rules.groups }}
{{- $kept := list }}
{{- range $rule := $group.rules }}
{{- $known = append $known $rule.alert }}
{{- $change := get $changes $rule.alert | default dict }}
{{- with $change.for }}{{ $_ := set $rule "for" . }}{{ end }}
{{- with $change.severity }}{{ $_ := set $rule.labels "severity" . }}{{ end }}
{{- $_ := set $rule "labels" (mergeOverwrite (dict) $rule.labels ($change.labels | default dict)) }}
{{- if ne (toString $change.enabled) "false" }}{{ $kept = append $kept $rule }}{{ end }}
{{- end }}
{{- $_ := set $group "rules" $kept }}
{{- end }}
{{- range $name := keys $changes }}
{{- if not (has $name $known) }}
{{- fail (printf "prometheusRule.alerts.%s: there is no such alert; there are %s" $name (join ", " $known)) }}
{{- end }}
{{- end }}
{{- toYaml $rules }}
{{- end }}
