{{- /* The operator's settings of Kafka, as the values have them; empty without brokers. */}}
{{- define "kbnt.kafka" -}}
{{- with .Values.kafka }}
{{- if .brokers }}
{{- $kafka := dict "brokers" .brokers }}
{{- $ssl := dict }}
{{- if .caSecret }}{{ $_ := set $ssl "caFile" "/etc/kbnt/kafka-ca/ca.crt" }}{{ end }}
{{- if .certificateSecret }}{{ $_ := merge $ssl (dict "certFile" "/etc/kbnt/kafka-certificate/user.crt" "keyFile" "/etc/kbnt/kafka-certificate/user.key") }}{{ end }}
{{- if or .tls $ssl }}{{ $_ := set $kafka "ssl" $ssl }}{{ end }}
{{- with include "kbnt.kafkaLogin" . | fromYaml }}{{ $_ := set $kafka "sasl" . }}{{ end }}
{{- $kafka | toYaml }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Empty where the operator does not log in. */}}
{{- define "kbnt.kafkaLogin" -}}
{{- $login := dict "mechanism" .mechanism }}
{{- if .allowUnencryptedLogin }}{{ $_ := set $login "allowUnencrypted" true }}{{ end }}
{{- if eq .mechanism "oauthbearer" }}
{{- if .userSecret }}{{ fail "kafka.mechanism oauthbearer logs in by kafka.oauth: leave kafka.userSecret empty" }}{{ end }}
{{- $oauth := dict "clientSecretFile" "/etc/kbnt/kafka-oauth/client-secret" }}
{{- range list "tokenEndpointUri" "clientId" "secret" }}
{{- $given := required (printf "kafka.oauth.%s is needed with kafka.mechanism oauthbearer" .) (get $.oauth .) }}
{{- if ne . "secret" }}{{ $_ := set $oauth . $given }}{{ end }}
{{- end }}
{{- with .oauth.scope }}{{ $_ := set $oauth "scope" . }}{{ end }}
{{- if .oauth.caSecret }}{{ $_ := set $oauth "caFile" "/etc/kbnt/kafka-oauth-ca/ca.crt" }}{{ end }}
{{- $_ := set $login "oauth" $oauth }}
{{- else if .oauth.tokenEndpointUri }}{{ fail (printf "kafka.oauth needs kafka.mechanism oauthbearer; it is %s" .mechanism) }}
{{- else if .userSecret }}
{{- $_ := set $login "username" (required "kafka.username is needed with kafka.userSecret" .username) }}
{{- $_ := set $login "passwordFile" "/etc/kbnt/kafka-user/password" }}
{{- else if ne .mechanism "scram-sha-512" }}{{ fail (printf "kafka.userSecret and kafka.username are needed with kafka.mechanism %s" .mechanism) }}
{{- else if .username }}{{ fail "kafka.userSecret is needed with kafka.username: without its password nobody would log in. Or leave kafka.username empty" }}
{{- else }}{{ $login = dict }}
{{- end }}
{{- with $login }}{{ toYaml . }}{{ end }}
{{- end }}

{{- /* Refuses what the operator would refuse at its start, in the words of the chart. */}}
{{- define "kbnt.kafkaCheck" -}}
{{- $meant := "or kafka.allowUnencryptedLogin=true if that is meant" }}
{{- with .sasl }}
{{- if not .allowUnencrypted }}
{{- if not (hasKey $ "ssl") }}
{{- fail (printf "the operator would log in to Kafka without encryption: set kafka.caSecret (with Strimzi CLUSTER-cluster-ca-cert), kafka.tls=true where a public authority signs the brokers' certificates, %s" $meant) }}
{{- end }}
{{- if hasPrefix "http:" (dig "oauth" "tokenEndpointUri" "" .) }}
{{- fail (printf "the operator would send kafka.oauth.secret without encryption: give an https URL as kafka.oauth.tokenEndpointUri, %s" $meant) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The Secrets to mount, each with the keys that become files; the kubelet renews them when they change. */}}
{{- define "kbnt.kafkaFiles" -}}
{{- $files := list }}
{{- with .Values.kafka }}
{{- $keys := .secretKeys }}
{{- with .caSecret }}{{ $files = append $files (dict "name" "kafka-ca" "secret" . "items" (list (dict "key" $keys.ca "path" "ca.crt"))) }}{{ end }}
{{- with .certificateSecret }}{{ $files = append $files (dict "name" "kafka-certificate" "secret" . "items" (list (dict "key" $keys.certificate "path" "user.crt") (dict "key" $keys.privateKey "path" "user.key"))) }}{{ end }}
{{- with .userSecret }}{{ $files = append $files (dict "name" "kafka-user" "secret" . "items" (list (dict "key" $keys.password "path" "password"))) }}{{ end }}
{{- with .oauth.secret }}{{ $files = append $files (dict "name" "kafka-oauth" "secret" . "items" (list (dict "key" $keys.clientSecret "path" "client-secret"))) }}{{ end }}
{{- with .oauth.caSecret }}{{ $files = append $files (dict "name" "kafka-oauth-ca" "secret" . "items" (list (dict "key" $keys.oauthCa "path" "ca.crt"))) }}{{ end }}
{{- end }}
{{- $files | toJson }}
{{- end }}

{{- /* Ports that are given, of the addresses to start from, and of the token endpoint. */}}
{{- define "kbnt.kafkaPorts" -}}
{{- $ports := list }}
{{- range .Values.networkPolicy.kafkaPorts }}{{ $ports = append $ports (int .) }}{{ end }}
{{- range .Values.kafka.brokers }}
{{- with regexFind "[0-9]+$" . }}{{ $ports = append $ports (int .) }}{{ end }}
{{- end }}
{{- range compact (list .Values.kafka.oauth.tokenEndpointUri (dig "kafka" "sasl" "oauth" "tokenEndpointUri" "" (.Values.settings | default dict))) }}
{{- $ports = append $ports (include "kbnt.portOfUrl" . | int) }}
{{- end }}
{{- $ports | uniq | toJson }}
{{- end }}
