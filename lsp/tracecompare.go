package lsp

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// What is another in every session: times, and the names of files that are made from the time of day.
var (
	spans   = regexp.MustCompile(`\d+(\.\d+)?\s?(ns|µs|ms|s|min|h)\b`)
	moments = regexp.MustCompile(`\d{4}-?\d{2}-?\d{2}[T-]\d{2}:?\d{2}:?\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?`)
)

// normal is a JSON value with everything in it that is another in every session replaced by the same words.
func normal(v jsontext.Value) any {
	if v == nil {
		return nil
	}
	var tree any
	if err := json.Unmarshal(v, &tree, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return string(v)
	}
	return timeless(tree)
}

func timeless(v any) any {
	switch v := v.(type) {
	case string:
		return spans.ReplaceAllString(moments.ReplaceAllString(v, "(a time)"), "(a while)")
	case []any:
		for i := range v {
			v[i] = timeless(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = timeless(v[k])
		}
		if _, ok := v["resultId"].(string); ok {
			v["resultId"] = "(an id)"
		}
		if info, ok := v["serverInfo"].(map[string]any); ok {
			delete(info, "version") // another version is what a recording is played for
		}
	}
	return v
}

// apart finds the first place where two values differ, in words; "" where they do not.
func apart(recorded, now any, at string) string {
	if reflect.DeepEqual(recorded, now) {
		return ""
	}
	switch a := recorded.(type) {
	case []any:
		b, ok := now.([]any)
		for i := range min(len(a), len(b)) {
			if d := apart(a[i], b[i], fmt.Sprintf("%s/%d", at, i)); d != "" {
				return d
			}
		}
		if ok {
			return fmt.Sprintf("%s: %d items were recorded, now there are %d", spotIn(at), len(a), len(b))
		}
	case map[string]any:
		b, ok := now.(map[string]any)
		if !ok {
			break
		}
		keys := maps.Clone(a)
		maps.Copy(keys, b)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			if d := apart(a[key], b[key], at+"/"+key); d != "" {
				return d
			}
		}
	}
	return fmt.Sprintf("%s: recorded %s, now %s", spotIn(at), short(recorded), short(now))
}

func spotIn(at string) string {
	if at == "" {
		return "as a whole"
	}
	return "at " + at
}

// short is a value as JSON, cut.
func short(v any) string {
	if v == nil {
		return "nothing"
	}
	b, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return "?"
	}
	s := []rune(string(b))
	if len(s) > 120 {
		return strings.TrimSpace(string(s[:120])) + "…"
	}
	return string(s)
}

// answersApart compares two answers: their results, or else their errors.
func answersApart(recorded, now *envelope) string {
	if d := apart(normal(recorded.Error), normal(now.Error), "/error"); d != "" {
		return d
	}
	return apart(normal(recorded.Result), normal(now.Result), "")
}
