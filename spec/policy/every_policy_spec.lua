-- Whatever there is to choose with, each module of the library and each script, is fit for use.

local check = require "luaproxy.testing".policy.check

-- How a module is made that cannot be made without options, or takes long with its usual ones.
local make = {
  avoid = function(avoid) return avoid(require "luaproxy.policy.twochoices"(), { zone = "eu" }) end,
  budget = function(budget)
    return budget(require "luaproxy.policy.twochoices"(), { floor = 1000000 })
  end,
  maglev = function(maglev) return maglev { size = 211 } end,
  ring = function(ring) return ring { points = 20 } end,
  slowstart = function(slowstart) return slowstart(require "luaproxy.policy.weighted"()) end,
  sticky = function(sticky)
    return sticky(require "luaproxy.policy.leastconn"(), { secret = "sixteen bytes or more" })
  end,
  tiered = function(tiered) return tiered(require "luaproxy.policy.random"()) end,
}

-- What chooses a pool, not a backend.
local ROUTES = { canary = true }

-- The modules have shown this already, for scripts that take their policy from there.
local SHOWN = { "fed", "fair", "weights", "disruption" }

local function lua_files(folder)
  local names = {}
  local list = io.popen("ls " .. folder)
  for file in list:lines() do names[#names + 1] = file:match "^(.*)%.lua$" end
  list:close()
  assert(#names > 15, "no policies in " .. folder)
  return names
end

local function takes_from_library(path)
  local file = io.open(path)
  local text = file:read "a"
  file:close()
  return text:find 'require "luaproxy.policy.' ~= nil
end

describe("the check of policies", function()
  for _, name in ipairs(lua_files "lua/luaproxy/policy") do
    if not ROUTES[name] then
      it("lets pass luaproxy.policy." .. name, function()
        local module = require("luaproxy.policy." .. name)
        local function new()
          if make[name] then return make[name](module) end
          return module()
        end
        assert(check({ new = new }, { pools = 4, times = false, budget = math.huge }))
      end)
    end
  end

  for _, name in ipairs(lua_files "scripts") do
    local path = "scripts/" .. name .. ".lua"
    it("lets pass " .. path, function()
      assert(check(path, {
        pools = takes_from_library(path) and 2 or 4, times = false, budget = math.huge,
        none = name == "budget",
        skip = takes_from_library(path) and SHOWN or nil,
      }))
    end)
  end
end)
