package runner

// defaultHost is where an engine listens by default.
const defaultHost = "npipe:////./pipe/docker_engine"

// defaults are the pipes of the engines that a person may have without saying so anywhere.
func defaults(environment) []endpoint {
	return []endpoint{
		{host: defaultHost},
		{host: "npipe:////./pipe/dockerDesktopLinuxEngine", from: "Docker Desktop"},
		{host: "npipe:////./pipe/podman-machine-default", from: "Podman machine"},
	}
}
