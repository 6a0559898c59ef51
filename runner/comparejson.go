package runner

import (
	"bytes"
	"encoding/json"
	"io"
	"math/big"
	"reflect"
	"strings"
)

// maxJSON bounds what is compared as JSON, in bytes: a parsed value takes many times the room of its text.
const maxJSON = 8 << 20

// sameJSON reports whether both texts are strict JSON for the same value. The order of an object's keys does not count, nor how a
// number is written.
func sameJSON(a, b []byte) bool {
	if len(a) > maxJSON || len(b) > maxJSON {
		return false
	}
	x, ok := parseJSON(a)
	if !ok {
		return false
	}
	y, ok := parseJSON(b)
	return ok && reflect.DeepEqual(x, y)
}

// parseJSON reads one JSON value, its numbers in one spelling.
func parseJSON(b []byte) (any, bool) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	return normalized(v), true
}

func normalized(v any) any {
	switch v := v.(type) {
	case json.Number:
		return normalNumber(v.String())
	case []any:
		for i := range v {
			v[i] = normalized(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = normalized(v[key])
		}
	}
	return v
}

// number is a JSON number as digits × 10^exponent, digits without a zero at either end; zero has none. It never computes the power:
// 1e999999999 is as cheap as 1.
type number struct {
	negative bool
	digits   string
	exponent string
}

func normalNumber(s string) number {
	s, negative := strings.CutPrefix(s, "-")
	mantissa, power := s, "0"
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, power = s[:i], strings.TrimPrefix(s[i+1:], "+")
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")
	if short == "" {
		return number{} // JavaScript's -0 === 0, too
	}
	const longest = 1000 // digits of an exponent: nobody means more
	if len(power) > longest {
		return number{negative, short, power}
	}
	exponent, _ := new(big.Int).SetString(power, 10) // the decoder let only digits pass
	exponent.Add(exponent, big.NewInt(int64(len(digits)-len(short)-len(fraction))))
	return number{negative, short, exponent.String()}
}
