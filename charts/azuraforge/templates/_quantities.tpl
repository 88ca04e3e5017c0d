{{/* A share of an amount as Kubernetes writes it, in bytes; of a dict with key, quantity and percentage. */}}
{{- define "azuraforge.bytes" -}}
{{- $units := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 }}
{{- $quantity := toString .quantity }}
{{- $number := regexFind "^[0-9]+([.][0-9]+)?" $quantity }}
{{- $unit := trimPrefix $number $quantity }}
{{- if or (not $number) (not (hasKey $units $unit)) }}
{{- fail (printf "%s: %q is no amount of memory or space; write it such as 512Mi or 2Gi" .key $quantity) }}
{{- end }}
{{- divf (mulf (float64 $number) (get $units $unit) .percentage) 100 | int64 }}
{{- end }}
