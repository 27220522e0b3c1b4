{{- define "kbnt.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride }}
{{- else if contains .Chart.Name .Release.Name }}{{ .Release.Name | replace "." "-" | trunc 50 | trimAll "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | replace "." "-" | trunc 50 | trimAll "-" }}{{ end }}
{{- end }}

{{- /*
Arguments: root, name. Of what is of the cluster, or in a namespace that releases share. A namespace has no dot, so that
release b in namespace a-x and release x-b in namespace a have different ones.
*/}}
{{- define "kbnt.nameAmongAll" -}}
{{- printf "%s.%s" .root.Release.Namespace .name }}
{{- end }}

{{- /* Of what is the gateway's. */}}
{{- define "kbnt.gatewayName" -}}
{{- printf "%s-gateway" (include "kbnt.fullname" .) }}
{{- end }}

{{- /* Of a name, that of a Service: begins with a letter, for a release may be called 7; ends after 63 characters. */}}
{{- define "kbnt.serviceName" -}}
{{- $name := regexReplaceAll "^([0-9])" . "kbnt-${1}" }}
{{- if gt (len $name) 63 }}{{ printf "%s-%s" (trunc 54 $name | trimSuffix "-") (sha256sum $name | trunc 8) }}
{{- else }}{{ $name }}{{ end }}
{{- end }}

{{- define "kbnt.egressToNames" -}}
- ports: # names
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
    - { port: 5353, protocol: UDP }
    - { port: 5353, protocol: TCP }
{{- end }}

{{- define "kbnt.egressToApi" -}}
{{ include "kbnt.egressToNames" . }}
- ports: # the API server
    {{- range .Values.networkPolicy.apiServerPorts }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
{{- end }}

{{- define "kbnt.egressToKafka" -}}
- ports: # Kafka
    {{- range include "kbnt.kafkaPorts" . | fromJsonArray }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
{{- end }}

{{- define "kbnt.portOfUrl" -}}
{{- $url := urlParse . }}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary 80 443 (eq $url.scheme "http")) }}
{{- end }}

{{- /* The argument: URLs, one at least, for a rule without ports would let everything out. */}}
{{- define "kbnt.egressToUrls" -}}
{{- $ports := list }}
{{- range . }}{{ $ports = append $ports (include "kbnt.portOfUrl" . | int) }}{{ end }}
- ports: # what it calls
    {{- range $ports | uniq }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
{{- end }}

{{- define "kbnt.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- /* The gateway's pods are not the operator's: Services, budgets and spreads select by these. */}}
{{- define "kbnt.gatewaySelector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-gateway
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "kbnt.labels" -}}
{{ include "kbnt.selector" . }}
{{ include "kbnt.furtherLabels" . }}
{{- end }}

{{- define "kbnt.gatewayLabels" -}}
{{ include "kbnt.gatewaySelector" . }}
{{ include "kbnt.furtherLabels" . }}
{{- end }}

{{- define "kbnt.furtherLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | trunc 63 | trimAll "-_." | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}{{ toYaml . | nindent 0 }}{{ end }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{- /* Arguments: labels, as YAML; own, those that an object has beside those of everything, and which win. */}}
{{- define "kbnt.labelsWith" -}}
{{- if .own }}{{ mergeOverwrite (fromYaml .labels) .own | toYaml }}{{ else }}{{ .labels }}{{ end }}
{{- end }}

{{- /* Arguments: root; own, as YAML, those that an object has beside those of everything, and which win. */}}
{{- define "kbnt.annotations" -}}
{{- with mergeOverwrite (dict) (.root.Values.commonAnnotations | default dict) (.own | default "{}" | fromYaml) -}}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "kbnt.image" -}}
{{- if not (kindIs "string" .Values.image.tag) }}
{{- fail (printf "image.tag is taken for a number, %v, which is no tag: YAML reads 0123, 1_0 and 1e3 otherwise than they are written. Give it as text: --set-string image.tag=…, or in quotes in a file of values" .Values.image.tag) }}
{{- end }}
{{- $repository := .Values.image.repository }}
{{- with .Values.global.imageRegistry | default .Values.image.registry }}
{{- $repository = printf "%s/%s" (. | trimSuffix "/") (regexReplaceAll "^([^/]*[.:][^/]*|localhost)/" $repository "") }}
{{- end }}
{{- if .Values.image.digest }}{{ $repository }}@{{ .Values.image.digest }}
{{- else }}{{ $repository }}:{{ .Values.image.tag | default (.Chart.AppVersion | replace "+" "_") }}{{ end }}
{{- end }}

{{- /* Of this chart and of all charts that are installed with it, where some name only the Secret. */}}
{{- define "kbnt.pullSecrets" -}}
{{- $secrets := list }}
{{- range concat (.Values.global.imagePullSecrets | default list) .Values.imagePullSecrets }}
{{- $secrets = append $secrets (ternary (dict "name" .) . (kindIs "string" .)) }}
{{- end }}
{{- with $secrets | uniq }}{{ toYaml . }}{{ end }}
{{- end }}

{{- /* The namespaces to serve, space-separated; empty = all. */}}
{{- define "kbnt.namespaces" -}}
{{- if kindIs "slice" .Values.watchNamespaces }}{{ join " " .Values.watchNamespaces }}
{{- else if eq .Values.watchNamespaces "own" }}{{ .Release.Namespace }}{{ end }}
{{- end }}

{{- /* Annotation of what the operator needs to its end: Argo CD takes away last what it makes first. */}}
{{- define "kbnt.outlives" -}}
argocd.argoproj.io/sync-wave: "-1"
{{- end }}

{{- /* Where pods go; the hooks' pods go where the operator's go. */}}
{{- define "kbnt.placement" -}}
{{- $given := dict }}
{{- range $what := list "priorityClassName" "nodeSelector" "tolerations" "affinity" }}
{{- with get $.Values $what }}{{ $_ := set $given $what . }}{{ end }}
{{- end }}
{{- with $given }}{{ toYaml . }}{{ end }}
{{- end }}

{{- /* Of a duration of the settings. */}}
{{- define "kbnt.seconds" -}}
{{- $seconds := 0 }}
{{- range regexFindAll "[0-9.]+(ms|s|m|h)" . -1 }}
{{- $seconds = addf $seconds (mulf (regexFind "^[0-9.]+" . | float64) (get (dict "ms" 0.001 "s" 1 "m" 60 "h" 3600) (regexFind "[smh]+$" .))) }}
{{- end }}
{{- $seconds }}
{{- end }}

{{- /* Longer than the operator takes to finish its work (settings.shutdownGrace, 20s), or the kubelet would cut it short. */}}
{{- define "kbnt.gracePeriod" -}}
{{- $seconds := include "kbnt.seconds" (.Values.settings.shutdownGrace | default "20s") | float64 }}
{{- add (ceil $seconds) 10 }}
{{- end }}

{{- /* Of the hooks' pods too: what a namespace or a cluster asks for counts for all of them. */}}
{{- define "kbnt.podSecurity" -}}
{{ toYaml .Values.podSecurityContext }}
{{- end }}

{{- define "kbnt.containerSecurity" -}}
{{ toYaml .Values.containerSecurityContext }}
{{- end }}

{{- /* What a pod's own account is mounted from: short-lived, renewed by the kubelet. */}}
{{- define "kbnt.tokenVolume" -}}
name: api-access
projected:
  defaultMode: 0444
  sources:
    - serviceAccountToken: { path: token, expirationSeconds: 3607 }
    - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
    - downwardAPI: { items: [{ path: namespace, fieldRef: { fieldPath: metadata.namespace } }] }
{{- end }}

{{- define "kbnt.tokenMount" -}}
{ name: api-access, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
{{- end }}

{{- /* The port of the gateway's Service. */}}
{{- define "kbnt.gatewayPort" -}}
{{- $scheme := ternary "https" "http" (ne .Values.gateway.tls.secret "") }}
name: {{ $scheme }}
number: {{ .Values.gateway.service.port | default (get (dict "https" 443 "http" 80) $scheme) }}
{{- end }}

{{- /* Arguments: root, flow. Of what is a flow's: its pods are nobody else's, and Services and budgets select by these. */}}
{{- define "kbnt.flowName" -}}
{{- printf "%s-flow-%s" (include "kbnt.fullname" .root) .flow }}
{{- end }}

{{- define "kbnt.flowSelector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}-flow-{{ .flow }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end }}

{{- define "kbnt.flowLabels" -}}
{{ include "kbnt.flowSelector" . }}
{{ include "kbnt.furtherLabels" .root }}
{{- end }}
