module github.com/ingot-ml/ingot

go 1.26.0

require (
	github.com/ulikunitz/xz v0.5.17
	go.yaml.in/yaml/v3 v3.0.6
	golang.org/x/term v0.47.0
	golang.org/x/text v0.44.0
	google.golang.org/protobuf v1.36.12
)

require golang.org/x/sys v0.50.0

require golang.org/x/image v0.48.0
