{{- /* The operator's settings file: what is given, but what only workers read, and over it what the chart decides. */}}
{{- define "kbnt.settings" -}}
{{- include "kbnt.settingsCheck" . }}
{{- $own := include "kbnt.ownSettings" . | fromYaml }}
{{- with include "kbnt.kafka" . | fromYaml }}{{ $_ := set $own "kafka" . }}{{ end }}
{{- $memory := include "kbnt.memoryRoot" (dict "root" .) | fromYaml }}
{{- with include "kbnt.databases" $memory }}
{{- $_ := set $own "databases" (merge (fromYaml .) ($own.databases | default dict)) }}
{{- $_ := set $own "requests" (dict "rememberIn" "flow-virtualization") }}
{{- end }}
{{- $all := mergeOverwrite (omit (deepCopy .Values.settings) "worker") $own }}
{{- if dig "kafka" "brokers" "" $all }}{{ include "kbnt.kafkaCheck" $all.kafka }}{{ end }}
{{- $all | toYaml }}
{{- end }}

{{- /* What every program needs and the chart decides. */}}
{{- define "kbnt.ownSettings" -}}
watchNamespaces: {{ toJson .Values.watchNamespaces }}
leaderElection: { leaseName: {{ include "kbnt.fullname" . | quote }}, namespace: {{ .Release.Namespace | quote }} }
metrics: { port: 8080 }
health: { port: 8081 }
{{- with include "kbnt.databases" . }}
databases: {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* The gateway's settings file: without what only the operator reads, so that a change of that leaves its pods alone. */}}
{{- define "kbnt.gatewaySettings" -}}
{{- include "kbnt.settingsCheck" . }}
{{- $gateway := dict "port" 8090 }}
{{- if .Values.gateway.tls.secret }}
{{- $_ := set $gateway "tls" (dict "certFile" "/etc/kbnt/gateway-tls/tls.crt" "keyFile" "/etc/kbnt/gateway-tls/tls.key") }}
{{- end }}
{{- $given := omit (deepCopy .Values.settings) "events" "machines" "orders" "requests" "retention" "storages" "worker" }}
{{- $payments := dict }}
{{- range $name, $_ := dig "orders" "payments" dict .Values.settings }}{{ $_ := set $payments $name (dict "adapter" "none") }}{{ end }}
{{- with $payments }}{{ $_ := set $given "orders" (dict "payments" .) }}{{ end }} {{- /* that orders are served, not where they are paid */}}
{{- if include "kbnt.gatewayByKafka" . }}
{{- $kafka := include "kbnt.kafka" (include "kbnt.gatewayKafka" . | fromYaml) | fromYaml }}
{{- if not $kafka }}{{ fail (printf "gateway.%s.enabled writes to topics: give kafka.brokers" (ternary "logs" "requests" .Values.gateway.logs.enabled)) }}{{ end }}
{{- $_ := set $given "kafka" (mergeOverwrite ($given.kafka | default dict) $kafka) }}
{{- include "kbnt.kafkaCheck" $given.kafka }}
{{- if .Values.gateway.logs.enabled }}{{ $_ := set $gateway "logs" (dict "enabled" true) }}{{ end }}
{{- if .Values.gateway.requests.enabled }}
{{- $requests := dict "enabled" true }}
{{- if .Values.gateway.requests.signingSecret }}{{ $_ := set $requests "signingKeyFile" "/etc/kbnt/request-signing/key" }}{{ end }}
{{- $_ := set $gateway "requests" $requests }}
{{- end }}
{{- else }}{{ $given = omit $given "kafka" }}
{{- end }}
{{- $own := dict "gateway" $gateway }}
{{- $kept := include "kbnt.keptRoot" . | fromYaml }}
{{- with include "kbnt.databases" $kept }}{{ $_ := set $own "databases" (fromYaml .) }}{{ end }}
{{- if hasKey $kept.Values.databases "flow-history" }}{{ $_ := set $gateway "historyDatabase" "flow-history" }}{{ end }}
{{- if hasKey $kept.Values.databases "flow-integration" }}{{ $_ := set $gateway "consumptionDatabase" "flow-integration" }}{{ end }}
{{- mergeOverwrite $given (include "kbnt.ownSettings" . | fromYaml) $own | toYaml }}
{{- end }}

{{- /* The values as they are for a gateway that reads what flows keep: their databases alone, and none without flows.FLOW.database.gatewaySecret. */}}
{{- define "kbnt.keptRoot" -}}
{{- $databases := dict }}
{{- range $flow := list "history" "integration" }}
{{- with get $.Values.flows $flow }}
{{- if and .enabled .database.gatewaySecret }}
{{- include "kbnt.databaseCheck" (dict "at" (printf "flows.%s.database" $flow) "given" .database) }}
{{- $_ := set $databases (printf "flow-%s" $flow) (mergeOverwrite (deepCopy .database) (dict "serves" "flows")) }}
{{- end }}
{{- end }}
{{- end }}
{{- dict "Values" (dict "databases" $databases "networkPolicy" .Values.networkPolicy) "databasesAt" "flows.FLOW.database" | toYaml }}
{{- end }}

{{- /*
The values as they are for whoever remembers messages whose requests are deleted: the database of that alone, and none without
flows.virtualization.database. Arguments: root; worker, whether it only reads.
*/}}
{{- define "kbnt.memoryRoot" -}}
{{- $databases := dict }}
{{- $worker := .worker }}
{{- with .root.Values.flows.virtualization }}
{{- if and .enabled (include "kbnt.isRemembering" .) }}
{{- $database := mergeOverwrite (omit (deepCopy .database) "workerSecret" "workerRole") (dict "serves" "flows") }}
{{- if $worker }}
{{- with .database.workerSecret }}{{ $_ := set $database "secret" . }}{{ end }}
{{- else }}
{{- with .database.workerRole }}{{ $_ := set $database "gatewayRole" . }}{{ end }}
{{- end }}
{{- $_ := set $databases "flow-virtualization" $database }}
{{- end }}
{{- end }}
{{- dict "Values" (dict "databases" $databases "networkPolicy" .root.Values.networkPolicy) "databasesAt" "flows.virtualization.database" | toYaml }}
{{- end }}

{{- /* Whether the flow's values name a database. */}}
{{- define "kbnt.isRemembering" -}}
{{- with .database }}{{ if or .secret .url .workerSecret }}true{{ end }}{{ end }}
{{- end }}

{{- /*
Arguments: root, flow, key, values, own. A flow's settings file: it asks nothing of the API server, and logs in to Kafka as a user of
its own where one is given. Its database is known by the flow's name.
*/}}
{{- define "kbnt.flowSettings" -}}
{{- include "kbnt.settingsCheck" .root }}
{{- $given := include "kbnt.flowRoot" . | fromYaml }}
{{- $kafka := include "kbnt.kafka" $given | fromYaml }}
{{- if not $kafka }}{{ fail (printf "flows.%s.enabled reads topics: give kafka.brokers" (.key | default .flow)) }}{{ end }}
{{- $all := mergeOverwrite (pick (deepCopy .root.Values.settings) "log" "shutdownGrace" "kafka" "worker") (dict "kafka" $kafka) }}
{{- include "kbnt.kafkaCheck" $all.kafka }}
{{- $own := dict "metrics" (dict "port" 8080) "health" (dict "port" 8081) "worker" (dict "flows" (list .flow) (.key | default .flow) .own) }}
{{- with .beside }}{{ $own = mergeOverwrite $own . }}{{ end }}
{{- with include "kbnt.databases" $given }}
{{- $_ := set $own "databases" (fromYaml .) }}
{{- $_ := set $own.worker "database" $.flow }}
{{- end }}
{{- mergeOverwrite $all $own | toYaml }}
{{- end }}

{{- /* Whether the gateway needs Kafka. */}}
{{- define "kbnt.gatewayByKafka" -}}
{{- if or .Values.gateway.logs.enabled .Values.gateway.requests.enabled }}true{{ end }}
{{- end }}

{{- /* The values as they are for the gateway, which logs in to Kafka for the logs and requests that it takes, as a user of its own where one is given. */}}
{{- define "kbnt.gatewayKafka" -}}
{{- include "kbnt.flowRoot" (dict "root" . "flow" "logs" "values" .Values.gateway.logs "at" "gateway.logs.kafka") }}
{{- end }}

{{- /* The values as they are for a flow: Kafka's user is its own where one is given, and so is its database. */}}
{{- define "kbnt.flowRoot" -}}
{{- $kafka := deepCopy .root.Values.kafka }}
{{- include "kbnt.flowLoginCheck" (dict "at" (.at | default (printf "flows.%s.kafka" (.key | default .flow))) "own" .values.kafka "kafka" $kafka "given" (.root.Values.settings.kafka | default dict)) }}
{{- range $what := list "userSecret" "username" "certificateSecret" }}
{{- with get $.values.kafka $what }}{{ $_ := set $kafka $what . }}{{ end }}
{{- end }}
{{- range $what := list "clientId" "secret" }}
{{- with get ($.values.kafka.oauth | default dict) $what }}{{ $_ := set $kafka.oauth $what . }}{{ end }}
{{- end }}
{{- $databases := dict }}
{{- if eq .flow "virtualization" }}
{{- with get (include "kbnt.memoryRoot" (dict "root" .root "worker" true) | fromYaml).Values.databases "flow-virtualization" }}{{ $_ := set $databases $.flow . }}{{ end }}
{{- else }}
{{- with .values.database }}{{ $_ := set $databases $.flow (mergeOverwrite (deepCopy .) (dict "serves" "flows")) }}{{ end }}
{{- end }}
{{- $values := dict "kafka" $kafka "settings" (pick .root.Values.settings "kafka") "networkPolicy" .root.Values.networkPolicy "databases" $databases }}
{{- dict "Values" $values "databasesAt" (printf "flows.%s.database" .flow) | toYaml }}
{{- end }}

{{- /*
Arguments: at, where the values have it; own, a flow's user of Kafka; kafka, the operator's; given, settings of it. Refuses
what is not for the mechanism, and half of a user: the other half would be the operator's.
*/}}
{{- define "kbnt.flowLoginCheck" -}}
{{- $client := .own.oauth | default dict }}
{{- $mechanism := .kafka.mechanism }}
{{- $byToken := eq $mechanism "oauthbearer" }}
{{- $byCertificate := and .kafka.certificateSecret (not (or $byToken .kafka.userSecret .given.sasl)) }}
{{- $byLogin := and (or $byToken .kafka.userSecret) (not .kafka.certificateSecret) }}
{{- if and $byToken (or .own.userSecret .own.username) }}
{{- fail (printf "%s.userSecret and %s.username are for a login by password, and kafka.mechanism is oauthbearer: give %s.oauth.clientId and %s.oauth.secret" .at .at .at .at) }}
{{- else if and (not $byToken) (or $client.clientId $client.secret) }}
{{- fail (printf "%s.oauth needs kafka.mechanism oauthbearer; it is %s: give %s.userSecret and %s.username" .at $mechanism .at .at) }}
{{- else if and .own.userSecret $byCertificate }}
{{- fail (printf "%s.userSecret is for a login by password, and by kafka.certificateSecret brokers know who comes by a certificate: give %s.certificateSecret" .at .at) }}
{{- else if and .own.certificateSecret $byLogin (not (or .own.userSecret $client.clientId)) }}
{{- $what := ternary "oauth.clientId and oauth.secret" "userSecret and username" $byToken }}
{{- fail (printf "%s.certificateSecret is no login, and the operator has one: this would log in as the operator. Give %s.%s" .at .at $what) }}
{{- else if and .own.userSecret (not .own.username) }}
{{- fail (printf "%s.username is needed with %s.userSecret: that password is not the one of kafka.username" .at .at) }}
{{- else if and .own.username (not .own.userSecret) }}
{{- fail (printf "%s.userSecret is needed with %s.username: the password in kafka.userSecret is not that user's" .at .at) }}
{{- else if and $client.secret (not $client.clientId) }}
{{- fail (printf "%s.oauth.clientId is needed with %s.oauth.secret: that secret is not the one of kafka.oauth.clientId" .at .at) }}
{{- else if and $client.clientId (not $client.secret) }}
{{- fail (printf "%s.oauth.secret is needed with %s.oauth.clientId: the one in kafka.oauth.secret is not that client's" .at .at) }}
{{- end }}
{{- end }}

{{- /* Refuses settings that would be written over. */}}
{{- define "kbnt.settingsCheck" -}}
{{- $decided := dict
  "watchNamespaces" "give them as the value watchNamespaces"
  "kafka.brokers" "give them as the value kafka.brokers"
  "databases" "give them as the value databases"
  "leaderElection.leaseName" "it is the Deployment's name, which the value fullnameOverride changes"
  "leaderElection.namespace" "it is that of the release"
  "metrics.port" "it is 8080, where the Service and the NetworkPolicy expect it"
  "health.port" "it is 8081, where the probes ask"
  "gateway.historyDatabase" "give its Secret as the value flows.history.database.gatewaySecret"
  "gateway.consumptionDatabase" "give its Secret as the value flows.integration.database.gatewaySecret"
  "requests.rememberIn" "give the database as the value flows.virtualization.database"
  "gateway.port" "it is 8090, where its Service expects it"
  "gateway.tls" "give its Secret as the value gateway.tls.secret"
  "gateway.logs.enabled" "switch it on by the value gateway.logs.enabled"
  "gateway.requests.enabled" "switch it on by the value gateway.requests.enabled"
  "gateway.requests.signingKeyFile" "give its Secret as the value gateway.requests.signingSecret"
  "worker.flows" "switch flows on by the values flows.FLOW.enabled"
  "worker.database" "give a flow's database as the value flows.FLOW.database"
  "worker.virtualization.topics" "they are those of the value flows.virtualization.sources"
  "worker.virtualization.sources" "give them as the value flows.virtualization.sources"
  "worker.virtualization.registry" "give it as the value flows.virtualization.registry"
  "worker.logIndex.url" "give it as the value flows.logIndex.url"
  "worker.integration.target.url" "give it as the value flows.integration.url"
  "worker.logAlerts.alertmanagers" "give their addresses as the value flows.logAlerts.alertmanagers"
  "worker.alerts.alertmanagers" "give their addresses as the value flows.alerts.alertmanagers" }}
{{- range $path, $where := $decided }}
{{- $names := splitList "." $path }}
{{- $group := $.Values.settings }}
{{- range initial $names }}{{ $group = get $group . | default dict }}{{ end }}
{{- if hasKey $group (last $names) }}{{ fail (printf "settings.%s is decided by the chart: %s" $path $where) }}{{ end }}
{{- end }}
{{- end }}
