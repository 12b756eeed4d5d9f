package arrows

// rooms is the house of docs/design.md, section 2: each room with its line, 5 at the
// top. A folder below a room belongs to it unless it has a line of its own here.
var rooms = map[string]int{
	"cmd/scimbridge": 5,
	"bench":          5,

	"pull/graph":    4,
	"admin/console": 4,

	// The real database of a test stands above store, whose tests it serves.
	"store/storetest": 3,
	"push":            3,
	"pull":            3,
	"feed":            3,
	"admin":           3,

	"reconcile": 2,
	"scim":      2,
	"store":     2,
	"access":    2,

	"models": 1,

	"scim/schema":   0,
	"migrations":    0,
	"internal":      0,
	"pull/graphemu": 0,
	"admin/client":  0,

	// A schema says what the attributes of a filter are (docs/decisions/003).
	"scim/filter": -1,
}

const (
	testSupport = "store/storetest" // for tests alone, and for
	measuring   = "bench"           // the programs that measure on the same database
)

// vagueNames say nothing of what is inside, so everything ends up there.
var vagueNames = []string{
	"util", "utils", "common", "service", "services", "helper", "helpers",
	"types", "jobs", "manager", "data", "info",
}

// libraryRules keep a library in the rooms that know it.
var libraryRules = []libraryRule{{
	library: "GORM",
	paths:   []string{"gorm.io", "github.com/glebarez/sqlite"},
	rooms:   []string{"store", testSupport},
	why:     "store is the only room that knows it; models carry it as struct tags alone",
}, {
	library: "the Graph SDK",
	paths:   []string{"github.com/microsoftgraph", "github.com/microsoft", "github.com/Azure", "github.com/AzureAD"},
	rooms:   []string{"pull/graph"},
	why:     "it takes minutes and gigabytes to compile, so one room carries it",
}, {
	library: "Echo",
	paths:   []string{"github.com/labstack/echo", "github.com/labstack/gommon"},
	rooms:   []string{"scim", "access", "admin", "admin/console", "cmd/scimbridge"},
	why:     "the web framework stops at the handlers",
}, {
	library: "a reader of the environment",
	paths:   []string{"github.com/caarlos0/env", "github.com/knadh/koanf", "github.com/joho/godotenv"},
	rooms:   []string{"cmd/scimbridge"},
	why:     "every other room is handed its values",
}}

// environment holds the functions that read or change it, by import path.
var environment = map[string][]string{
	"os":      {"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Unsetenv", "Clearenv"},
	"syscall": {"Getenv", "Environ", "Setenv", "Unsetenv", "Clearenv"},
}

// environmentRooms may read it: the program, and those that look for a test database.
var environmentRooms = []string{"cmd/scimbridge", measuring, testSupport}
