--- luv, loaded once. busted forgets after each spec file which modules it has required, and luv
-- crashes when it is loaded again; the registry remembers it as long as Lua lives.

local registry = debug.getregistry()

registry["spec.support.uv"] = registry["spec.support.uv"] or require "luv"

return registry["spec.support.uv"]
