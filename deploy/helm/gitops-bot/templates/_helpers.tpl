{{- define "gitops-bot.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "gitops-bot.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gitops-bot.labels" -}}
{{ include "gitops-bot.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "gitops-bot.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{- /* The Secret with the credentials: yours, or the one that is made here. */ -}}
{{- define "gitops-bot.secret" -}}
{{ .Values.credentials.existingSecret | default (include "gitops-bot.name" .) }}
{{- end }}

{{- define "gitops-bot.claim" -}}
{{ .Values.persistence.existingClaim | default (include "gitops-bot.name" .) }}
{{- end }}

{{- /* A value as text. Helm reads whole numbers as floating ones, and would write 12345678 as 1.2345678e+07. */ -}}
{{- define "gitops-bot.text" -}}
{{- if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{- /* What no schema can say, because it spans several values. */ -}}
{{- define "gitops-bot.check" -}}
{{- $c := .Values.credentials -}}
{{- $ways := 0 -}}
{{- if $c.existingSecret }}{{ $ways = add $ways 1 }}{{ end -}}
{{- if $c.externalSecret.enabled }}{{ $ways = add $ways 1 }}{{ end -}}
{{- if $c.values }}{{ $ways = add $ways 1 }}{{ end -}}
{{- if $c.setupPage }}{{ $ways = add $ways 1 }}{{ end -}}
{{- if ne (int $ways) 1 }}{{ fail (printf "credentials: %d ways are set, and exactly one of existingSecret, externalSecret, values and setupPage is needed" (int $ways)) }}{{ end -}}
{{- if and (gt (int .Values.replicas) 1) (ne .Values.database.type "postgresql") }}{{ fail "replicas: several replicas need PostgreSQL. Set database.type to postgresql and DATABASE_URL in the credentials, or replicas to 1" }}{{ end -}}
{{- if and $c.values (eq .Values.database.type "postgresql") (not (hasKey $c.values "DATABASE_URL")) }}{{ fail "credentials.values: database.type postgresql needs DATABASE_URL" }}{{ end -}}
{{- if and $c.values (ne .Values.github.webhooks "pull") (not (hasKey $c.values "GITHUB_WEBHOOK_SECRET")) }}{{ fail "credentials.values: GITHUB_WEBHOOK_SECRET is needed unless github.webhooks is pull" }}{{ end -}}
{{- if and $c.setupPage (or (ne .Values.database.type "sqlite") (not .Values.persistence.enabled)) }}{{ fail "credentials.setupPage: the secrets are written into the volume of SQLite, so database.type has to be sqlite and persistence enabled" }}{{ end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) }}{{ fail "ingress.host: needed where ingress is enabled" }}{{ end -}}
{{- end }}
