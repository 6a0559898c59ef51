package runner

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// An endpoint is a place where an engine may listen.
type endpoint struct {
	host    string // "unix:///var/run/docker.sock", "tcp://host:2376"
	from    string // what named it: "DOCKER_HOST"
	tls     *tls.Config
	problem error // why it cannot even be tried
}

func (e endpoint) String() string {
	switch {
	case e.host == "":
		return e.from
	case e.from == "":
		return e.host
	default:
		return e.host + " (" + e.from + ")"
	}
}

// remote names the machine that the engine is on, "" for this one. Only a socket or pipe is sure to be on this machine: behind a
// loopback port may be a tunnel.
func (e endpoint) remote() string {
	if strings.HasPrefix(e.host, "unix://") || strings.HasPrefix(e.host, "npipe://") {
		return ""
	}
	return e.host
}

// environment is what of the process's surroundings tells where an engine is.
type environment struct {
	get    func(name string) string
	config string // folder of the Docker configuration; "" where there is none
}

func hostEnvironment() environment {
	config := os.Getenv("DOCKER_CONFIG")
	if home, err := os.UserHomeDir(); config == "" && err == nil {
		config = filepath.Join(home, ".docker")
	}
	return environment{get: os.Getenv, config: config}
}

// endpoints lists where to look for an engine, in the Docker command line's order. What is named explicitly is the only one.
func endpoints(env environment) []endpoint {
	if host := env.get("DOCKER_HOST"); host != "" {
		e := endpoint{host: host, from: "DOCKER_HOST"}
		if dir := env.get("DOCKER_CERT_PATH"); dir != "" && strings.HasPrefix(host, "tcp:") {
			e.tls, e.problem = clientTLS(dir, env.get("DOCKER_TLS_VERIFY") == "")
		}
		return []endpoint{e.checked()}
	}
	if name, from := env.contextName(); name != "" && name != "default" {
		e := env.context(name)
		e.from = fmt.Sprintf("Docker context %q of %s", name, from)
		return []endpoint{e.checked()}
	}
	list := []endpoint{{host: defaultHost}}
	if dir := env.get("XDG_RUNTIME_DIR"); dir != "" {
		list = append(list, endpoint{host: "unix://" + filepath.ToSlash(filepath.Join(dir, "docker.sock")), from: "rootless"})
	}
	return list
}

// checked finds the endpoints that cannot be reached yet.
func (e endpoint) checked() endpoint {
	scheme, _, ok := strings.Cut(e.host, "://")
	switch {
	case e.problem != nil:
	case !ok:
		e.problem = errors.New("it is no address of an engine, such as unix:///var/run/docker.sock or tcp://host:2376")
	case scheme != "unix" && scheme != "tcp" && scheme != "npipe":
		e.problem = fmt.Errorf("not yet supported: an engine behind %s://", scheme)
	case scheme == "tcp":
		if _, err := url.Parse(e.host); err != nil {
			e.problem = errors.New("it is no address of an engine")
		}
	}
	return e
}

// contextName is the Docker context in use, and what says so.
func (env environment) contextName() (name, from string) {
	if name := env.get("DOCKER_CONTEXT"); name != "" {
		return name, "DOCKER_CONTEXT"
	}
	var config struct {
		CurrentContext string `json:"currentContext"`
	}
	file := filepath.Join(env.config, "config.json")
	b, err := os.ReadFile(file)
	if env.config == "" || err != nil || json.Unmarshal(b, &config) != nil {
		return "", "" // no configuration, or one that says nothing: the default
	}
	return config.CurrentContext, file
}

// context reads a Docker context from the configuration.
func (env environment) context(name string) endpoint {
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	b, err := os.ReadFile(filepath.Join(env.config, "contexts", "meta", id, "meta.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return endpoint{problem: errors.New("there is no such context")}
	}
	if err != nil {
		return endpoint{problem: err}
	}
	var meta struct {
		Endpoints map[string]struct {
			Host          string
			SkipTLSVerify bool
		}
	}
	if err := json.Unmarshal(b, &meta); err != nil {
		return endpoint{problem: fmt.Errorf("its file cannot be read: %w", err)}
	}
	docker := meta.Endpoints["docker"]
	e := endpoint{host: docker.Host}
	certificates := filepath.Join(env.config, "contexts", "tls", id, "docker")
	if _, err := os.Stat(certificates); err == nil {
		e.tls, e.problem = clientTLS(certificates, docker.SkipTLSVerify)
	}
	return e
}

// clientTLS reads ca.pem, cert.pem and key.pem of a folder, as far as they are there.
func clientTLS(dir string, insecure bool) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure} // a person's own choice, as with the Docker command line
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	switch {
	case err == nil:
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(ca) {
			return nil, errors.New("its ca.pem holds no certificate")
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	switch {
	case err == nil:
		config.Certificates = []tls.Certificate{pair}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("its certificate cannot be used: %w", err)
	}
	return config, nil
}
