-- The scripts that come with luaproxy: each is sound, and runs as it stands.

local kit = require "spec.support.kit"
local uv = require "spec.support.uv"

local LOCAL = "127.0.0.1:0"

-- The eleven tasks that every proxy is asked for.
local TASKS = {
  "roundrobin", "weighted", "leastconn", "peakewma", "bounded", "sticky", "routing", "canary",
  "tiers", "ratelimit", "headers",
}

-- Policies of the library whose scripts have names of their own.
local NAMES = { rendezvous = "bounded", tiered = "tiers", twochoices = "random2" }

-- Where the last backend is a spare: it is to get nothing while there are others.
local SPARES = { ["scripts/avoid.lua"] = true, ["scripts/tiers.lua"] = true }

local PATHS = { "/", "/index.html", "/api/users/1", "/images/logo.png" }
local HOSTS = { "www.example.com", "example.com", "admin.example.com" }

local function lua_files(folder)
  local names = {}
  for name in uv.fs_scandir_next, (uv.fs_scandir(folder)) do
    names[#names + 1] = name:match "^(.*)%.lua$"
  end
  table.sort(names)
  return names
end

local function lines_of(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

local scripts = {}
for i, name in ipairs(lua_files "scripts") do scripts[i] = ("scripts/%s.lua"):format(name) end

-- A script before these backends.
local function start(path, backends)
  local args = { LOCAL }
  for i, backend in ipairs(backends) do args[i + 1] = backend.addr end
  return kit.proxy { file = path, args = args }
end

-- Requests of all kinds, N of them, of as many people: by whatever a script may tell them apart,
-- they differ. Gives how many each backend got, by its name.
local function ask(proxy, n)
  local got = {}
  for i = 1, n do
    local response = proxy:request {
      target = PATHS[i % #PATHS + 1], host = HOSTS[i % #HOSTS + 1], fields = {
        ["X-User"] = "user" .. i, Cookie = "uid=" .. i,
        ["X-Canary"] = i % 5 == 0 and "always" or nil,
      },
    }
    assert.equal(200, response.status)
    got[response.body] = (got[response.body] or 0) + 1
  end
  return got
end

local function names_of(got)
  local names = {}
  for name in pairs(got) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, " ")
end

describe("of the scripts", function()
  after_each(kit.cleanup)

  it("none of the eleven tasks is missing, nor is its spec", function()
    for _, name in ipairs(TASKS) do
      assert.truthy(io.open("scripts/" .. name .. ".lua"), name):close()
      local file = io.open("spec/policy/" .. name .. "_script_spec.lua")
        or io.open("spec/policy/" .. name .. "_spec.lua")
      assert.truthy(file:read "a":find("scripts/" .. name .. ".lua", 1, true), name)
      file:close()
    end
  end)

  it("there is one for each policy of the library", function()
    for _, name in ipairs(lua_files "lua/luaproxy/policy") do
      assert.truthy(io.open("scripts/" .. (NAMES[name] or name) .. ".lua"), name):close()
    end
  end)

  it("each has its line in the README", function()
    local readme = table.concat(lines_of "README.md", "\n")
    for _, path in ipairs(scripts) do
      local name = path:match "[^/]+$"
      assert.truthy(readme:find(("\n| [%s](%s) | "):format(name, path), 1, true), name)
    end
  end)

  for _, path in ipairs(scripts) do
    describe(path, function()
      it("passes the check, with three backends behind port 8080", function()
        local code, out, err = kit.run { file = path, options = { "--check" } }
        assert.same({ 0, "" }, { code, err })
        assert.matches("^" .. path:gsub("%p", "%%%0") .. ": ok\n  listen    :8080\n", out)
        for _, port in ipairs { 9001, 9002, 9003 } do
          assert.matches(("backend   127.0.0.1:%d at 127.0.0.1:%d,"):format(port, port), out)
        end
      end)

      it("takes where to listen, and whom to give requests", function()
        local proxy = start(path, kit.backends(3))
        assert.equal(SPARES[path] and "a b" or "a b c", names_of(ask(proxy, 60)))
        assert.equal(0, proxy:stop())
        assert.equal(0, #proxy:lines " warn ")
      end)

      if SPARES[path] then
        it("gives requests to the last backend when there is no other", function()
          local backends = kit.backends(2)
          local proxy = start(path, backends)
          assert.equal("a", names_of(ask(proxy, 6)))
          backends[1]:stop()
          assert.equal("b", names_of(ask(proxy, 6)))
        end)
      end

      it("serves with a single backend", function()
        local proxy = start(path, { kit.backend { name = "x" } })
        assert.equal("x", names_of(ask(proxy, 6)))
        proxy:stop()
        assert.equal(0, #proxy:lines " warn ")
      end)

      -- Of six, so that a pool of a third of them is not empty either.
      it("goes on when a backend fails", function()
        local backends = kit.backends(6)
        local proxy = start(path, backends)
        backends[1]:stop()
        assert.is_nil(ask(proxy, 24).a)
        proxy:stop()
        assert.equal(0, #proxy:lines "failed")
      end)

      it("says at its head what it does and how it is used", function()
        local lines = {}
        for line in io.lines(path) do
          if not line:find "^%-%-" then break end
          lines[#lines + 1] = line
        end
        local text = table.concat(lines, "\n")
        assert.truthy(text:find("luaproxy " .. path .. " [LISTEN [", 1, true), text)
        assert.is_true(#lines >= 2)
      end)

      it("is at most 25 lines of code", function()
        local count = 0
        for _, line in ipairs(lines_of(path)) do
          if line:find "%S" and not line:find "^%s*%-%-" then count = count + 1 end
        end
        assert.is_true(count <= 25, count .. " lines")
      end)
    end)
  end
end)
