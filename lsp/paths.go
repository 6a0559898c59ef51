package lsp

import (
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"go.lsp.dev/uri"
)

// pathOf gives the file that a URI names, as a clean absolute path of this machine. ok is false for what is no local file: an
// untitled text, another scheme, another host. The path is only ever compared, or opened beneath a task folder that contains it.
func pathOf(u string) (name string, ok bool) {
	parsed, err := url.Parse(u)
	if err != nil || !strings.EqualFold(parsed.Scheme, "file") || parsed.Host != "" && !strings.EqualFold(parsed.Host, "localhost") {
		return "", false
	}
	p := parsed.Path
	if !strings.HasPrefix(p, "/") || strings.ContainsRune(p, 0) {
		return "", false
	}
	if hasDrive(p) {
		p = strings.ToLower(p[1:2]) + p[2:]
	} else if runtime.GOOS == "windows" {
		return "", false
	}
	return filepath.Clean(filepath.FromSlash(p)), true
}

// climbs reports whether a URI's path goes up: nothing that is right has a reason to.
func climbs(u string) bool {
	parsed, err := url.Parse(u)
	return err != nil || slices.Contains(strings.Split(parsed.Path, "/"), "..")
}

// hasDrive recognizes /c:/… .
func hasDrive(p string) bool {
	return runtime.GOOS == "windows" && len(p) >= 3 && p[2] == ':' && (p[1]|0x20) >= 'a' && (p[1]|0x20) <= 'z'
}

// uriOf is the URI of an absolute path.
func uriOf(name string) string {
	p := filepath.ToSlash(name)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return string(uri.File(p))
}

// join is the URI of a file below a folder's URI.
func join(folder, rel string) string {
	return strings.TrimRight(folder, "/") + strings.TrimPrefix(uriOf("/"+rel), "file://")
}

// relative gives the slash-separated path of a file below a folder; ok is false where it is not below it.
func relative(dir, name string) (rel string, ok bool) {
	rest, ok := strings.CutPrefix(name, dir)
	if !ok {
		return "", false
	}
	if rest == "" {
		return ".", true
	}
	if !strings.HasSuffix(dir, string(filepath.Separator)) && rest[0] != filepath.Separator {
		return "", false
	}
	return filepath.ToSlash(strings.TrimPrefix(rest, string(filepath.Separator))), true
}

// inside reports whether a file is a folder, or lies below it.
func inside(dir, name string) bool {
	_, ok := relative(dir, name)
	return ok
}

// parents visits a path's folder, the folder above it, and so on, up to the root of the file system, while visit returns true.
func parents(name string, visit func(dir string) bool) {
	for dir := filepath.Dir(name); visit(dir); dir = filepath.Dir(dir) {
		if dir == filepath.Dir(dir) {
			return
		}
	}
}

// nativeJoin is the path of a file in a directory of this machine.
func nativeJoin(dir, rel string) string { return filepath.Join(dir, filepath.FromSlash(rel)) }

// upwards is the URI of the folder that holds a file under a relative path.
func upwards(uri, rel string) string {
	for range strings.Count(rel, "/") + 1 {
		if at := strings.LastIndexByte(uri, '/'); at >= 0 {
			uri = uri[:at]
		}
	}
	return uri
}
