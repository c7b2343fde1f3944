-- Whatever there is to choose with, each script and each module of the library, is fit for use.

local check = require "luaproxy.testing".policy.check

-- What a module needs that cannot be made without options, or would take long.
local new = {
  avoid = function(avoid) return avoid(require "luaproxy.policy.twochoices"(), { zone = "eu" }) end,
  maglev = function(maglev) return maglev { size = 1009 } end,
  slowstart = function(slowstart) return slowstart(require "luaproxy.policy.weighted"()) end,
  sticky = function(sticky)
    return sticky(require "luaproxy.policy.leastconn"(), { secret = "sixteen bytes or more" })
  end,
  tiered = function(tiered) return tiered(require "luaproxy.policy.random"()) end,
}

-- Not a policy, but a route.
local ROUTES = { canary = true }

local function lua_files(folder)
  local names = {}
  local list = io.popen("ls " .. folder)
  for file in list:lines() do names[#names + 1] = file:match "^(.*)%.lua$" end
  list:close()
  return names
end

for _, name in ipairs(lua_files "scripts") do
  it("passes the check: scripts/" .. name .. ".lua", function()
    assert(check("scripts/" .. name .. ".lua", { pools = 20, times = false }))
  end)
end

for _, name in ipairs(lua_files "lua/luaproxy/policy") do
  it("passes the check: luaproxy.policy." .. name, function()
    local module = require("luaproxy.policy." .. name)
    local function make() return (new[name] or function() return module() end)(module) end
    if ROUTES[name] then return end
    assert(check({ new = make }, { pools = 20, times = false }))
  end)
end
