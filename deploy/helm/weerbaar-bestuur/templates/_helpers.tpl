{{/* The labels of each object. Selectors use app.kubernetes.io/name only, so that an update never changes them. */}}
{{- define "weerbaar.labels" -}}
app.kubernetes.io/part-of: weerbaar
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* The name of an image, of a list: the root, and its values. */}}
{{- define "weerbaar.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $name := printf "%s:%s" $image.repository ($image.tag | default $root.Chart.AppVersion) -}}
{{- if $image.digest }}{{ $name = printf "%s@%s" $name $image.digest }}{{ end -}}
{{- $name | quote -}}
{{- end }}
