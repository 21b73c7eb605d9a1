module example.test/mono.git/go/client

go 1.21

require example.test/mono.git/go/units v0.0.0

replace example.test/mono.git/go/units => ../units
