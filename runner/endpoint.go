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
	"net"
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
	ssh     *sshHost // for ssh
	problem error    // why it cannot even be tried
}

func (e endpoint) String() string {
	switch {
	case e.host == "":
		return e.from
	case e.from == "":
		return e.shown()
	default:
		return e.shown() + " (" + e.from + ")"
	}
}

// shown is the address for a person, without a password.
func (e endpoint) shown() string {
	if u, err := url.Parse(e.host); err == nil && u.User != nil {
		return u.Redacted()
	}
	return e.host
}

// remote names the machine that the engine is on, "" for this one. Only a socket or pipe is sure to be on this machine: behind a
// loopback port may be a tunnel.
func (e endpoint) remote() string {
	if strings.HasPrefix(e.host, "unix://") || strings.HasPrefix(e.host, "npipe://") {
		return ""
	}
	return e.shown()
}

// environment is what of the process's surroundings tells where an engine is.
type environment struct {
	get    func(name string) string
	config string // folder of the Docker configuration; "" where there is none
	home   string // the person's own folder; "" where it is not known
}

func hostEnvironment() environment {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	config := os.Getenv("DOCKER_CONFIG")
	if config == "" && home != "" {
		config = filepath.Join(home, ".docker")
	}
	return environment{get: os.Getenv, config: config, home: home}
}

// endpoints lists where to look for an engine, in the Docker command line's order. What is named explicitly is the only one.
func endpoints(env environment) []endpoint {
	if host := env.get("DOCKER_HOST"); host != "" {
		e := endpoint{host: host, from: "DOCKER_HOST"}
		dir, verify := env.get("DOCKER_CERT_PATH"), env.get("DOCKER_TLS_VERIFY") != ""
		if dir == "" && verify {
			dir = env.config
		}
		if dir != "" && strings.HasPrefix(host, "tcp:") {
			e.tls, e.problem = clientTLS(dir, !verify)
		}
		return []endpoint{e.checked()}
	}
	if name, from := env.contextName(); name != "" && name != "default" {
		e := env.context(name)
		e.from = fmt.Sprintf("Docker context %q of %s", name, from)
		return []endpoint{e.checked()}
	}
	return defaults(env)
}

// checked reads the address, and finds those that are none.
func (e endpoint) checked() endpoint {
	if e.problem != nil {
		return e
	}
	scheme, _, ok := strings.Cut(e.host, "://")
	switch {
	case !ok:
		e.problem = errors.New("it is no address of an engine, such as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host")
	case scheme == "ssh":
		e.ssh, e.problem = parseSSH(e.host)
	case scheme == "tcp":
		e.host, e.problem = tcpAddress(e.host, e.tls != nil)
	case scheme != "unix" && scheme != "npipe":
		e.problem = fmt.Errorf("an engine behind %s:// cannot be reached", scheme)
	}
	return e
}

// tcpAddress makes sure of an address, and gives it with the port that the Docker command line would take.
func tcpAddress(address string, secure bool) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return address, errors.New("it is no address such as tcp://host:2376")
	}
	port := u.Port()
	switch {
	case port != "":
	case secure:
		port = "2376"
	default:
		port = "2375"
	}
	return "tcp://" + net.JoinHostPort(u.Hostname(), port), nil
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
