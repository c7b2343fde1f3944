-- The types for editors: they name all that there is.

local kit_request = require "luaproxy.testing.request"
local testing = require "luaproxy.testing"

local PATH = "lua/luaproxy/types.lua"

local function text_of(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

-- The names of fields by class.
local function read_classes(text)
  local classes, class = {}, nil
  for line in text:gmatch "[^\n]+" do
    local name = line:match "^%-%-%-@class luaproxy%.(%a+)"
    local field = line:match "^%-%-%-@field ([%l_]+)%?? " or line:match "^%-%-%-@field (%[1%]) "
    if name then
      class = {}
      classes[name] = class
    elseif field then
      assert(class, line)[field] = true
    end
  end
  return classes
end

local classes = read_classes(text_of(PATH))

-- Which class describes what a function of the core takes; others may be in any.
local CLASS_OF = {
  take_timeouts = "Timeouts", take_limits = "Limits", take_retry = "Retry", take_log = "Log",
  take_health = "Health", add_backend = "BackendEntry",
}

local function is_in_any(key)
  for _, fields in pairs(classes) do
    if fields[key] then return true end
  end
  return false
end

-- Calls VISIT with each key that a file of the core takes, and the class that has to have it.
local function each_key(path, visit)
  local taker
  for line in text_of(path):gmatch "[^\n]+" do
    taker = line:match "^static %a+ ([%l_]+)%(" or taker
    for key in line:gmatch '{ "(%l+)", [%l_]+, ' do visit(key, CLASS_OF[taker]) end
  end
end

local function assert_has(class, fields)
  for name in pairs(fields) do
    assert.truthy(classes[class][name], ("%s has no field %s"):format(class, name))
  end
end

describe("the types for editors", function()
  it("are Lua that does nothing", function()
    local chunk = assert(loadfile(PATH, "t", {}))
    assert.equal(0, select("#", chunk()))
  end)

  for _, path in ipairs { "core/script/lua_config.c", "core/script/lua_addrs.c" } do
    it("name every key that " .. path .. " takes", function()
      local count = 0
      each_key(path, function(key, class)
        count = count + 1
        assert.truthy(class and classes[class][key] or not class and is_in_any(key),
          ("%s has no field %s"):format(class or "no class", key))
      end)
      assert.is_true(count > 3)
    end)
  end

  it("name every field of a backend, a context and a request", function()
    assert_has("Backend", testing.backend { ewma = 1, ewma_at = 1 })
    assert_has("Context", testing.ctx { pools = {} })
    local request = {}
    for name in pairs(kit_request.DEFAULTS) do request[name] = true end
    assert_has("TestingRequest", request)
    request.writable = nil
    assert_has("Request", request)
  end)

  it("name every function of the kit, and all that a check may be told", function()
    assert_has("Testing", testing)
    assert_has("TestingPolicy", testing.policy)
    local report = testing.policy.check(function(up) return up[1] end,
      { pools = 1, only = "usable", times = false })
    assert_has("Report", { ok = 1, failures = 1, notes = 1, times = 1, kind = 1, tried = 1 })
    for name in pairs(classes.Report) do assert.is_not_nil(report[name], name) end
  end)

  it("speak of no class that is not there", function()
    local text = text_of(PATH)
    for name in text:gmatch "luaproxy%.(%u%a+)" do
      local known = classes[name] or text:find("@alias luaproxy." .. name .. "%f[%A]")
      assert.truthy(known, name)
    end
  end)
end)
