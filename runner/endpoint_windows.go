package runner

// defaultHost is where an engine listens by default.
const defaultHost = "npipe:////./pipe/docker_engine"
