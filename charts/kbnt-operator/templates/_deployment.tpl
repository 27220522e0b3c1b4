{{- /*
One program of the image, as pods that replace each other. Arguments: root; program; name, of its settings too; account;
labels; selector; replicas, absent where something scales it; args; env; ports beside those of metrics and health; settings,
the text of them; files, Secrets to mount, whole or by items; values, which say the rest. withoutToken: it asks nothing of
the API server.
*/}}
{{- define "kbnt.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name | quote }}
  namespace: {{ .root.Release.Namespace | quote }}
  labels: {{- .labels | nindent 4 }}
  {{- with include "kbnt.annotations" (dict "root" $.root) }}{{ . | nindent 2 }}{{ end }}
spec:
  {{- if hasKey . "replicas" }}
  replicas: {{ .replicas }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels: {{- .selector | nindent 6 }}
  template:
    metadata:
      labels: {{- include "kbnt.labelsWith" (dict "labels" .labels "own" .values.podLabels) | nindent 8 }}
      {{- with include "kbnt.annotations" (dict "root" .root "own" (merge (dict "checksum/settings" (sha256sum .settings)) .values.podAnnotations | toYaml)) }}{{ . | nindent 6 }}{{ end }}
    spec:
      serviceAccountName: {{ .account | quote }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ include "kbnt.gracePeriod" .root }}
      {{- with include "kbnt.pullSecrets" .root }}
      imagePullSecrets: {{- . | nindent 8 }}
      {{- end }}
      {{- with include "kbnt.placement" (dict "Values" (set (omit .root.Values "affinity") "affinity" .values.affinity)) }}
      {{- . | nindent 6 }}
      {{- end }}
      securityContext: {{- include "kbnt.podSecurity" .root | nindent 8 }}
      topologySpreadConstraints:
        {{- with .values.topologySpreadConstraints }}{{ toYaml . | nindent 8 }}{{ else }}
        {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ . }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- $.selector | nindent 14 }}
        {{- end }}
        {{- end }}
      containers:
        - name: {{ .program }}
          image: {{ include "kbnt.image" .root | quote }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: {{- concat .args (list "--config" "/etc/kbnt/settings/settings.yaml") .values.extraArgs | toYaml | nindent 12 }}
          env:
            - { name: HOME, value: /tmp }
            {{- with .env }}{{ toYaml . | nindent 12 }}{{ end }}
            {{- with .values.extraEnv }}{{ toYaml . | nindent 12 }}{{ end }}
          ports:
            - { name: metrics, containerPort: 8080 }
            - { name: health, containerPort: 8081 }
            {{- range .ports }}
            - { name: {{ .name }}, containerPort: {{ .port }} }
            {{- end }}
          securityContext: {{- include "kbnt.containerSecurity" .root | nindent 12 }}
          startupProbe:
            httpGet: { path: /livez, port: health }
            periodSeconds: 1
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /livez, port: health }
            periodSeconds: 10
            timeoutSeconds: 5
          readinessProbe:
            httpGet: { path: /readyz, port: health }
            periodSeconds: 5
            timeoutSeconds: 5
          resources: {{- toYaml .values.resources | nindent 12 }}
          volumeMounts:
            {{- if not .withoutToken }}
            - {{ include "kbnt.tokenMount" . }}
            {{- end }}
            - { name: settings, mountPath: /etc/kbnt/settings, readOnly: true }
            - { name: tmp, mountPath: /tmp }
            {{- range .files }}
            - { name: {{ .name }}, mountPath: /etc/kbnt/{{ .name }}, readOnly: true }
            {{- end }}
            {{- with .values.extraVolumeMounts }}{{ toYaml . | nindent 12 }}{{ end }}
      volumes:
        {{- if not .withoutToken }}
        - {{- include "kbnt.tokenVolume" . | nindent 10 }}
        {{- end }}
        - name: settings
          configMap: { name: {{ .name | quote }} }
        - name: tmp
          emptyDir: { sizeLimit: 16Mi }
        {{- range .files }}
        - name: {{ .name }}
          secret: { secretName: {{ .secret | quote }}{{ with .items }}, items: {{ . | toJson }}{{ end }} }
        {{- end }}
        {{- with .values.extraVolumes }}{{ toYaml . | nindent 8 }}{{ end }}
{{- end }}
