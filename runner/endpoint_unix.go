//go:build !windows

package runner

import (
	"path/filepath"
	"runtime"
)

// defaultHost is where an engine listens by default.
const defaultHost = "unix:///var/run/docker.sock"

// defaults are the sockets of the engines that a person may have without saying so anywhere: Docker, Docker without root, Docker
// Desktop, Colima, Podman. docs/connections.md has the list.
func defaults(env environment) []endpoint {
	list := []endpoint{{host: defaultHost}}
	add := func(from, dir string, path ...string) {
		if dir != "" {
			list = append(list, endpoint{host: "unix://" + filepath.Join(append([]string{dir}, path...)...), from: from})
		}
	}
	own := env.get("XDG_RUNTIME_DIR")
	add("rootless", own, "docker.sock")
	add("Docker Desktop", env.home, ".docker", "run", "docker.sock")
	add("Docker Desktop", env.home, ".docker", "desktop", "docker.sock")
	add("Colima", env.get("COLIMA_HOME"), "default", "docker.sock")
	add("Colima", env.home, ".colima", "default", "docker.sock")
	add("Podman", own, "podman", "podman.sock")
	add("Podman", "/run/podman", "podman.sock")
	if runtime.GOOS == "darwin" {
		add("Podman machine", env.get("TMPDIR"), "podman", "podman-machine-default-api.sock")
		add("Podman machine", env.home, ".local", "share", "containers", "podman", "machine", "podman.sock")
	}
	return list
}
