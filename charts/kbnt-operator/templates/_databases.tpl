{{- /*
The settings of the databases, as the values have them; empty without any. Where the values have them is databasesAt, for what
is said of them.
*/}}
{{- define "kbnt.databases" -}}
{{- $databases := dict }}
{{- range $name, $given := .Values.databases }}
{{- include "kbnt.databaseCheck" (dict "at" ($.databasesAt | default (printf "databases.%s" $name)) "given" $given) }}
{{- $database := pick $given "serves" "durability" "namespaces" "maxOutboxBytes" "maxLiveReservations" "gatewayRole" }}
{{- if not $database.gatewayRole }}{{ $database = omit $database "gatewayRole" }}{{ end }}
{{- if $given.url }}{{ $_ := set $database "url" $given.url }}
{{- if $given.secret }}{{ $_ := set $database "passwordFile" (printf "/etc/kbnt/postgres-%s/password" $name) }}{{ end }}
{{- else }}{{ $_ := set $database "folder" (printf "/etc/kbnt/postgres-%s" $name) }}{{ end }}
{{- $tls := dict }}
{{- if $given.caSecret }}{{ $_ := set $tls "caFile" (printf "/etc/kbnt/postgresca-%s/ca.crt" $name) }}{{ end }}
{{- if $given.certificateSecret }}
{{- $_ := set $tls "certFile" (printf "/etc/kbnt/postgrescert-%s/tls.crt" $name) }}
{{- $_ := set $tls "keyFile" (printf "/etc/kbnt/postgrescert-%s/tls.key" $name) }}
{{- end }}
{{- if or $given.tls $tls }}{{ $_ := set $database "tls" $tls }}{{ end }}
{{- if $given.allowUnencryptedLogin }}{{ $_ := set $database "allowUnencrypted" true }}{{ end }}
{{- $_ := set $databases $name $database }}
{{- end }}
{{- with $databases }}{{ toYaml . }}{{ end }}
{{- end }}

{{- /* Arguments: at, given. Refuses what the programs would refuse at their start, in the words of the chart. */}}
{{- define "kbnt.databaseCheck" -}}
{{- if not (or .given.secret .given.url) }}
{{- fail (printf "%s needs secret, with CloudNativePG CLUSTER-app, or url" .at) }}
{{- end }}
{{- if contains "," (urlParse (.given.url | default "")).host }}
{{- fail (printf "%s.url names several hosts: give the address of the primary alone, a Service or a name that follows it, for the programs connect to one" .at) }}
{{- end }}
{{- if and .given.gatewaySecret (not .given.secret) }}
{{- fail (printf "%s.gatewaySecret is for the gateway alone: give the operator's as %s.secret" .at .at) }}
{{- end }}
{{- if and .given.gatewaySecret .given.url }}
{{- fail (printf "%s.gatewaySecret needs a user of its own, and %s.url names one for both: give Secrets that say host, dbname and username" .at .at) }}
{{- end }}
{{- if and .given.secret (not (or .given.tls .given.caSecret .given.certificateSecret .given.allowUnencryptedLogin)) }}
{{- $meant := printf "or %s.allowUnencryptedLogin=true if that is meant" .at }}
{{- fail (printf "a login to a database would go without encryption: set %s.caSecret (with CloudNativePG CLUSTER-ca), %s.tls=true where a public authority signs the server's certificate, %s" .at .at $meant) }}
{{- end }}
{{- end }}

{{- /* Arguments: root, program. The Secrets to mount, that of the connection as it is; the kubelet renews them when they change. */}}
{{- define "kbnt.databaseFiles" -}}
{{- $files := list }}
{{- $program := .program }}
{{- range $name, $given := .root.Values.databases }}
{{- with ternary ($given.gatewaySecret | default $given.secret) $given.secret (eq $program "gateway") }}
{{- $files = append $files (dict "name" (printf "postgres-%s" $name) "secret" .) }}
{{- end }}
{{- with $given.caSecret }}
{{- $files = append $files (dict "name" (printf "postgresca-%s" $name) "secret" . "items" (list (dict "key" "ca.crt" "path" "ca.crt"))) }}
{{- end }}
{{- with $given.certificateSecret }}
{{- $items := list (dict "key" "tls.crt" "path" "tls.crt") (dict "key" "tls.key" "path" "tls.key") }}
{{- $files = append $files (dict "name" (printf "postgrescert-%s" $name) "secret" . "items" $items) }}
{{- end }}
{{- end }}
{{- $files | toJson }}
{{- end }}

{{- /* What pods need to reach the databases; nothing without any. Ports that are given, and those of the URLs. */}}
{{- define "kbnt.egressToDatabases" -}}
{{- if .Values.databases }}
{{- $ports := list }}
{{- range .Values.networkPolicy.databasePorts }}{{ $ports = append $ports (int .) }}{{ end }}
{{- range .Values.databases }}
{{- with .url }}{{ $ports = append $ports (regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" | default 5432 | int) }}{{ end }}
{{- end }}
{{- with $ports | uniq }} {{- /* a rule without ports would let everything out */}}
- ports: # PostgreSQL
    {{- range . }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
{{- end }}
{{- end }}
{{- end }}
