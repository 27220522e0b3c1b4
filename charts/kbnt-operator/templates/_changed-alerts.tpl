{{- /*
Arguments: text, of a rule file; changes, by name of an alert: switched off, with another severity, after another time,
beyond another number, with more labels. Made for each chart that has alerts from that of kbnt-operator: no chart can
include what is in another.
*/}}
{{- define "alerts.changed" -}}
{{- $rules := fromYaml .text }}
{{- $changes := .changes }}
{{- $known := list }}
{{- range $group := $rules.groups }}
{{- $kept := list }}
{{- range $rule := $group.rules }}
{{- $known = append $known $rule.alert }}
{{- $change := get $changes $rule.alert | default dict }}
{{- with $change.for }}{{ $_ := set $rule "for" . }}{{ end }}
{{- with $change.severity }}{{ $_ := set $rule.labels "severity" . }}{{ end }}
{{- with $change.threshold }}
{{- if not (regexMatch "> (0[.][0-9]+|[1-9][0-9]*)$" $rule.expr) }}
{{- fail (printf "prometheusRule.alerts.%s.threshold: this alert has none, it fires at the first one" $rule.alert) }}
{{- end }}
{{- $_ := set $rule "expr" (regexReplaceAll "> [0-9.]+$" $rule.expr (printf "> %v" .)) }}
{{- end }}
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
