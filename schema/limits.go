package schema

// Limits are the resources that a host gives a task's container.
type Limits struct {
	CPU      int64
	MemMiB   int64 // config.json says MB and means MiB
	UseGPU   bool
	GPUCount int64
}
