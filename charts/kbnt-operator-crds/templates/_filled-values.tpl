{{- /*
What is left empty (an empty key of YAML), or was not there yet (an upgrade with --reuse-values), is as by default. Each
template begins with it, for nobody knows which comes first. Made for each chart from that of kbnt-operator: no chart can
include what is in another.
*/}}
{{- define "values.filled" -}}
{{- include "values.fill" (dict "given" .Values "defaults" (.Files.Get "files/defaults.yaml" | fromYaml)) }}
{{- end }}

{{- /*
Arguments: given, defaults. A part of what pods and objects have as it is given may be taken away by an empty key, such as the
limit of memory.
*/}}
{{- define "values.fill" -}}
{{- $given := .given }}
{{- $asGiven := list "resources" "podSecurityContext" "containerSecurityContext" "nodeSelector" "labels" "jvmOptions" }}
{{- range $name, $default := .defaults }}
{{- if kindIs "invalid" (index $given $name) }}{{ $_ := set $given $name $default }}
{{- else if and (not (has $name $asGiven)) (kindIs "map" $default) (kindIs "map" (index $given $name)) }}
{{- include "values.fill" (dict "given" (index $given $name) "defaults" $default) }}
{{- end }}
{{- end }}
{{- end }}
