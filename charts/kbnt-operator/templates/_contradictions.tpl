{{- /* Refuses settings that contradict each other: the programs would end at their start, or take each other's messages. */}}
{{- define "kbnt.contradictions" -}}
{{- include "kbnt.leaseCheck" .Values.settings }}
{{- include "kbnt.flowsCheck" . }}
{{- with .Values.settings.orders }}
{{- include "kbnt.orderServiceCheck" (dict "at" "settings.orders.users" "service" .users) }}
{{- include "kbnt.orderServiceCheck" (dict "at" "settings.orders.notifications" "service" .notifications) }}
{{- range $name, $payment := .payments }}
{{- include "kbnt.orderServiceCheck" (dict "at" (printf "settings.orders.payments.%s" $name) "service" $payment) }}
{{- end }}
{{- end }}
{{- $logs := dig "gateway" "logs" dict .Values.settings }}
{{- $catches := not (hasKey $logs "routes") }}
{{- range $logs.routes }}{{ if not (or .levels .services) }}{{ $catches = true }}{{ end }}{{ end }}
{{- if not $catches }}
{{- fail "settings.gateway.logs.routes has none without levels and services, and lines that no other takes would be lost: give one with a topic alone" }}
{{- end }}
{{- end }}

{{- define "kbnt.leaseCheck" -}}
{{- with .leaderElection }}
{{- $lease := include "kbnt.seconds" (.leaseDuration | default "15s") | float64 }}
{{- $renew := include "kbnt.seconds" (.renewDeadline | default "10s") | float64 }}
{{- $retry := include "kbnt.seconds" (.retryPeriod | default "2s") | float64 }}
{{- if lt $lease 1.0 }}{{ fail (printf "settings.leaderElection.leaseDuration is %vs: give 1s at least" $lease) }}{{ end }}
{{- if ge $renew $lease }}
{{- fail (printf "settings.leaderElection.renewDeadline is %vs, which is not shorter than leaseDuration, %vs: give both" $renew $lease) }}
{{- end }}
{{- if or (le $retry 0.0) (ge (mulf $retry 1.2) $renew) }} {{- /* a pause between two tries may be longer by a fifth */}}
{{- fail (printf "settings.leaderElection.retryPeriod is %vs, which is not between 0 and renewDeadline / 1.2, and that is %vs: give both" $retry $renew) }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Members of one group read the same topics, or Kafka gives some the partitions of others. */}}
{{- define "kbnt.flowsCheck" -}}
{{- $groups := dict }}
{{- range $key, $flow := .Values.flows }}
{{- if $flow.enabled }}
{{- $about := dict "flow" (kebabcase $key) "own" (dig "worker" $key dict $.Values.settings) }}
{{- $group := include "kbnt.flowGroup" $about }}
{{- with get $groups $group }}
{{- fail (printf "flows.%s and flows.%s are both the group %s, and would take each other's messages: give one of them another one, as settings.worker.%s.group" . $key $group $key) }}
{{- end }}
{{- $_ := set $groups $group $key }}
{{- if ne $key "virtualization" }} {{- /* its topics are those of its sources, which are checked beside them */}}
{{- $topics := include "kbnt.flowTopics" $about | fromJsonArray }}
{{- range $what := list "deadLetterTopic" "retryTopic" }}
{{- if has (get $about.own $what) $topics }}
{{- fail (printf "settings.worker.%s.%s is %s, which the flow reads: it needs another one" $key $what (get $about.own $what)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Arguments: at, where values have it; service, as settings have one of those of orders. */}}
{{- define "kbnt.orderServiceCheck" -}}
{{- $at := .at }}
{{- with .service }}
{{- $isCalled := eq (.adapter | default "none") "http" }}
{{- if and $isCalled (not .url) }}{{ fail (printf "%s.url is missing, and every order calls it: give https://host" $at) }}{{ end }}
{{- if and .url (not $isCalled) }}
{{- fail (printf "%s.url is there, and adapter is none: nobody would be asked. Set adapter to http, or leave url out" $at) }}
{{- end }}
{{- if and .oauth .tokenFile }}{{ fail (printf "%s has oauth and tokenFile, two ways to be known there: give one" $at) }}{{ end }}
{{- if and (hasKey . "tls") (hasPrefix "http:" (.url | default "")) }}
{{- fail (printf "%s.url is http, and %s.tls is for TLS: nobody would be known by it. Give an https URL, or leave tls out" $at $at) }}
{{- end }}
{{- end }}
{{- end }}
