{{/* One agent per cluster: every object has this name, so a second release is refused. */}}
{{- define "agent.name" -}}
mirrord-license-agent
{{- end }}

{{- define "agent.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ include "agent.name" . }}
app.kubernetes.io/part-of: mirrord-license-server
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Rules of files/rights.yaml for a scope, those that are switched on. Each has its reason as a comment. */}}
{{- define "agent.rules" -}}
{{- $root := .root }}
{{- $values := .root.Values }}
{{- $on := list "always" }}
{{- if $values.license.secretName }}{{ $on = append $on "license" }}{{ end }}
{{- if $values.license.restartOperator }}{{ $on = append $on "restart" }}{{ end }}
{{- if $values.enforceSeats }}{{ $on = append $on "enforce" }}{{ end }}
{{- if $values.killPreviews }}{{ $on = append $on "killPreviews" }}{{ end }}
{{- if $values.applyCatalog }}{{ $on = append $on "catalog" }}{{ end }}
{{- range $rule := $root.Files.Get "files/rights.yaml" | fromYamlArray }}
{{- if and (eq $rule.scope $.scope) (has $rule.when $on) }}
# {{ $rule.reason }}
- apiGroups: [{{ $rule.group | quote }}]
  resources: [{{ $rule.resource }}]
  {{- with $rule.names }}
  resourceNames:
    {{- range . }}
    - {{ . | replace "{agent}" (include "agent.name" $root) | replace "{license}" $values.license.secretName | quote }}
    {{- end }}
  {{- end }}
  verbs: {{ $rule.verbs | toJson }}
{{- end }}
{{- end }}
{{- end }}
