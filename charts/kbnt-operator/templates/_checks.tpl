{{- /* The values as templates need them: each template begins with it. Refuses what would only end pods, or send what is secret in the clear. */}}
{{- define "kbnt.values" -}}
{{- if kindIs "invalid" .Values.watchNamespaces }}
{{- fail "watchNamespaces is empty: give \"own\", a list of namespaces, or \"*\" for all" }}
{{- end }}
{{- include "values.filled" . }}
{{- if not (regexMatch "^[a-z0-9]([-a-z0-9.]{0,42}[a-z0-9])?$" .Chart.Name) }} {{- /* labels have it, with -flow-virtualization behind it */}}
{{- fail (printf "the alias %s is in names and labels: give one of at most 44 lower-case letters, digits, hyphens and dots" .Chart.Name) }}
{{- end }}
{{- range $name, $database := .Values.databases }}
{{- with $database.url }}{{ include "kbnt.urlCheck" (dict "at" (printf "databases.%s.url" $name) "url" .) }}{{ end }}
{{- end }}
{{- range $flow := list "history" "integration" }}
{{- $name := printf "flow-%s" $flow }}
{{- $kept := index $.Values.flows $flow }}
{{- if and (hasKey $.Values.databases $name) $.Values.gateway.enabled $kept.enabled $kept.database.gatewaySecret }}
{{- fail (printf "databases.%s has the name that flows.%s.database has at the gateway: give it another one" $name $flow) }}
{{- end }}
{{- end }}
{{- $remembering := .Values.flows.virtualization }}
{{- if and (hasKey .Values.databases "flow-virtualization") $remembering.enabled (include "kbnt.isRemembering" $remembering) }}
{{- fail "databases.flow-virtualization has the name that flows.virtualization.database has at the operator: give it another one" }}
{{- end }}
{{- with .Values.kafka.oauth.tokenEndpointUri }}{{ include "kbnt.urlCheck" (dict "at" "kafka.oauth.tokenEndpointUri" "url" .) }}{{ end }}
{{- range $key, $flow := .Values.flows }}
{{- if $flow.enabled }}
{{- with $flow.database }}
{{- if .url }}{{ include "kbnt.urlCheck" (dict "at" (printf "flows.%s.database.url" $key) "url" .url) }}{{ end }}
{{- end }}
{{- range $flow.alertmanagers }}
{{- $sends := ternary (printf "flows.%s.tokenSecret" $key) "" (not (empty $flow.tokenSecret)) }}
{{- include "kbnt.urlCheck" (dict "at" (printf "flows.%s.alertmanagers" $key) "url" . "sends" $sends "meant" (printf "flows.%s.allowUnencryptedLogin" $key) "allowed" $flow.allowUnencryptedLogin) }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.flows.integration.enabled }}{{ include "kbnt.integrationCheck" . }}{{ end }}
{{- if .Values.flows.logIndex.enabled }}{{ include "kbnt.logIndexCheck" . }}{{ end }}
{{- if .Values.flows.virtualization.enabled }}{{ include "kbnt.virtualizationCheck" . }}{{ end }}
{{- include "kbnt.ordersCheck" . }}
{{- include "kbnt.contradictions" . }}
{{- end }}

{{- /* Arguments: at, where values have it; url; sends, where they have what would go there in the clear, if anything does; allowed; meant, the value that allows it. */}}
{{- define "kbnt.urlCheck" -}}
{{- $parts := urlParse .url }}
{{- $port := regexFind ":[0-9]+$" $parts.host | trimPrefix ":" }}
{{- if and $port (or (gt (len $port) 5) (lt (int $port) 1) (gt (int $port) 65535)) }}
{{- fail (printf "%s has the port %s, which there is not: give one between 1 and 65535" .at $port) }}
{{- end }}
{{- if contains ":" ($parts.userinfo | default "") }}
{{- fail (printf "%s has a password in it, and everybody who reads the values or the ConfigMap would have it: put it into a Secret" .at) }}
{{- end }}
{{- if and .sends (eq $parts.scheme "http") (not .allowed) }}
{{- $what := ternary .sends (printf "what is in %s" .sends) (contains " " .sends) }}
{{- fail (printf "%s is http, and %s would go there without encryption: give an https URL, or %s=true if that is meant" .at $what .meant) }}
{{- end }}
{{- end }}

{{- /* Arguments: at, where values have it; service, as settings have one that is called. */}}
{{- define "kbnt.serviceCheck" -}}
{{- $meant := printf "%s.allowUnencrypted" .at }}
{{- $at := .at }}
{{- with .service }}
{{- $allowed := .allowUnencrypted }}
{{- with .url }}
{{- include "kbnt.urlCheck" (dict "at" (printf "%s.url" $at) "url" . "sends" "every call" "meant" $meant "allowed" $allowed) }}
{{- end }}
{{- with .oauth }}
{{- include "kbnt.urlCheck" (dict "at" (printf "%s.oauth.tokenEndpointUri" $at) "url" .tokenEndpointUri "sends" (printf "%s.oauth.clientSecretFile" $at) "meant" $meant "allowed" $allowed) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "kbnt.ordersCheck" -}}
{{- with .Values.settings.orders }}
{{- include "kbnt.serviceCheck" (dict "at" "settings.orders.users" "service" .users) }}
{{- include "kbnt.serviceCheck" (dict "at" "settings.orders.notifications" "service" .notifications) }}
{{- range $name, $payment := .payments }}
{{- include "kbnt.serviceCheck" (dict "at" (printf "settings.orders.payments.%s" $name) "service" $payment) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "kbnt.integrationCheck" -}}
{{- $target := dig "worker" "integration" "target" dict .Values.settings }}
{{- with .Values.flows.integration }}
{{- $allowed := or .allowUnencryptedLogin $target.allowUnencrypted }}
{{- $oauth := .oauth }}
{{- $given := compact (list $oauth.tokenEndpointUri $oauth.clientId $oauth.clientSecret) }}
{{- if $given }}
{{- range list "tokenEndpointUri" "clientId" "clientSecret" }}
{{- if not (get $oauth .) }}{{ fail (printf "flows.integration.oauth.%s is missing: a client needs tokenEndpointUri, clientId and clientSecret" .) }}{{ end }}
{{- end }}
{{- if .tokenSecret }}{{ fail "flows.integration.tokenSecret and flows.integration.oauth are two ways to be known there: give one" }}{{ end }}
{{- include "kbnt.urlCheck" (dict "at" "flows.integration.oauth.tokenEndpointUri" "url" $oauth.tokenEndpointUri "sends" "flows.integration.oauth.clientSecret" "meant" "flows.integration.allowUnencryptedLogin" "allowed" $allowed) }}
{{- end }}
{{- if .url }}
{{- if and (hasPrefix "http:" .url) (or .caSecret .certificateSecret) }}
{{- fail "flows.integration.url is http, and flows.integration.caSecret and certificateSecret are for TLS: nobody would be known by them. Give an https URL, or leave them out" }}
{{- end }}
{{- $ways := list (ternary "flows.integration.tokenSecret" "" (not (empty .tokenSecret))) (ternary "the tokens of flows.integration.oauth" "" (not (empty $given)))
  (ternary "settings.worker.integration.target.tokenFile" "" (not (empty $target.tokenFile))) (ternary "the tokens of settings.worker.integration.target.oauth" "" (not (empty $target.oauth))) }}
{{- $sends := first (append (compact $ways) "") }}
{{- include "kbnt.urlCheck" (dict "at" "flows.integration.url" "url" .url "sends" $sends "meant" "flows.integration.allowUnencryptedLogin" "allowed" $allowed) }}
{{- end }}
{{- include "kbnt.serviceCheck" (dict "at" "settings.worker.integration.target" "service" (dict "oauth" $target.oauth "allowUnencrypted" $allowed)) }}
{{- end }}
{{- end }}

{{- define "kbnt.logIndexCheck" -}}
{{- $given := dig "worker" "logIndex" dict .Values.settings }}
{{- with .Values.flows.logIndex }}
{{- $ways := compact (list
  (ternary "tokenSecret" "" (not (empty .tokenSecret))) (ternary "apiKeySecret" "" (not (empty .apiKeySecret)))
  (ternary "passwordSecret" "" (not (empty .passwordSecret)))
  (ternary "settings.worker.logIndex.tokenFile" "" (hasKey $given "tokenFile"))
  (ternary "settings.worker.logIndex.apiKeyFile" "" (hasKey $given "apiKeyFile"))
  (ternary "settings.worker.logIndex.user" "" (hasKey $given "user"))) }}
{{- if gt (len $ways) 1 }}
{{- fail (printf "flows.logIndex has several ways to log in, %s: give one" (join " and " $ways)) }}
{{- end }}
{{- if .url }}
{{- include "kbnt.urlCheck" (dict "at" "flows.logIndex.url" "url" .url "sends" (first (append $ways "")) "meant" "flows.logIndex.allowUnencryptedLogin" "allowed" (or .allowUnencryptedLogin $given.allowUnencrypted)) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "kbnt.virtualizationCheck" -}}
{{- $given := dig "worker" "virtualization" dict .Values.settings }}
{{- with .Values.flows.virtualization }}
{{- with .database }}
{{- if and .workerSecret (not .secret) }}
{{- fail "flows.virtualization.database.workerSecret is for the flow alone, which only reads: give the operator's as flows.virtualization.database.secret" }}
{{- end }}
{{- if and .workerSecret .url }}
{{- fail "flows.virtualization.database.workerSecret needs a user of its own, and flows.virtualization.database.url names one for both: give Secrets that say host, dbname and username" }}
{{- end }}
{{- end }}
{{- $topics := list ($given.retryTopic | default "virtualization-retry") ($given.deadLetterTopic | default "virtualization-dead-letter") }}
{{- range .sources }}
{{- if has .topic $topics }}
{{- fail (printf "flows.virtualization.sources has %s, which another source has, too, or which is the topic of retries or of dead letters: each needs its own" .topic) }}
{{- end }}
{{- $topics = append $topics .topic }}
{{- end }}
{{- with .registry }}
{{- if .url }}
{{- include "kbnt.urlCheck" (dict "at" "flows.virtualization.registry.url" "url" .url "sends" (ternary "flows.virtualization.registry.passwordSecret" "" (not (empty .passwordSecret))) "meant" "flows.virtualization.registry.allowUnencryptedLogin" "allowed" .allowUnencryptedLogin) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Where the gateway gets the keys of issuers, as JSON. */}}
{{- define "kbnt.issuerUrls" -}}
{{- $urls := list }}
{{- range dig "gateway" "tokens" "issuers" list .Values.settings }}{{ $urls = append $urls .jwksUri }}{{ end }}
{{- compact $urls | toJson }}
{{- end }}

{{- /* Whom the operator asks for orders, as JSON. */}}
{{- define "kbnt.orderUrls" -}}
{{- $urls := list }}
{{- with .Values.settings.orders }}
{{- range concat (list .users .notifications) (values (.payments | default dict)) }}
{{- with . }}
{{- with .url }}{{ $urls = append $urls . }}{{ end }}
{{- with .oauth }}{{ $urls = append $urls .tokenEndpointUri }}{{ end }}
{{- end }}
{{- end }}
{{- end }}
{{- compact $urls | toJson }}
{{- end }}
