-- The README stays true: its scripts, commands and tables are taken from its text and tried.

local kit = require "spec.support.kit"

local function text_of(path)
  local file = assert(io.open(path))
  local text = file:read "a"
  file:close()
  return text
end

local readme = text_of "README.md"

-- The part of the README below a heading.
local function section(heading)
  local from = assert(readme:find("\n## " .. heading .. "\n", 1, true), heading)
  local to = readme:find("\n## ", from + 1, true) or #readme
  return readme:sub(from, to)
end

-- The code blocks of a text, in order.
local function blocks(text, language)
  local list = {}
  for block in text:gmatch("```" .. language .. "\n(.-)```") do list[#list + 1] = block end
  return list
end

-- Gives every port of a command a free one instead, the same for the same.
local function free_ports()
  local ports = {}
  return function(text)
    return (text:gsub("%f[%d][89]%d%d%d%f[%D]", function(port)
      ports[port] = ports[port] or tostring(kit.closed_port())
      return ports[port]
    end))
  end
end

-- Runs the commands of a block: those that end with & as backends, the last one as the proxy.
local function run(block)
  local free, backends = free_ports(), {}
  for line in block:gmatch("[^\n]+") do
    local command = free(line):gsub("%s*&$", "")
    local child = kit.spawn { "sh", "-c", "exec " .. command }
    if not line:find("&$") then
      child.addr = child:wait_line("listening on [%d.]+(:%d+)"):gsub("^", "127.0.0.1")
      return child, backends, free
    end
    child:wait_line("listening on")
    backends[#backends + 1] = child
  end
end

local function get(proxy, fields)
  local client = kit.connect(proxy.addr)
  client:send(kit.request { target = "/report", fields = fields })
  return client:read_message()
end

local function bodies(proxy, count)
  local list = {}
  for i = 1, count do
    local client = kit.connect(proxy.addr)
    client:send(kit.request {})
    list[i] = client:read_message().body
  end
  return list
end

describe("the README", function()
  after_each(kit.cleanup)

  it("shows the default script as it is", function()
    local shown = blocks(section "The script", "lua")[1]
    assert.truthy(text_of("scripts/roundrobin.lua"):find(shown, 1, true))
  end)

  it("names every key that there is", function()
    local count = 0
    for _, name in ipairs { "config", "addrs", "pools", "failover", "trust" } do
      local source = text_of("core/script/lua_" .. name .. ".c")
      for key in source:gmatch('{ "([%l_]+)", [%l_]+, ') do
        assert.truthy(section("Every key"):find(key, 1, true), key)
        count = count + 1
      end
    end
    assert.is_true(count > 70, count)
  end)

  it("names every option that there is", function()
    local _, help = kit.run { "./luaproxy", "--help" }
    for option in help:gmatch("\n  (%-%-[%l-]+)") do
      assert.truthy(section("The command"):find(option, 1, true), option)
    end
  end)

  it("leads through writing a policy, its spec and its use", function()
    local chapter = section "Write a policy, spec it, run it"
    local code, commands = blocks(chapter, "lua"), blocks(chapter, "sh")[1]
    local free = free_ports()
    local folder = kit.file(free(code[1]), "mine.lua"):match("^(.*)/")
    local spec = assert(io.open(folder .. "/mine_spec.lua", "w"))
    spec:write(code[2])
    spec:close()
    local root = io.popen("pwd"):read()
    for _, name in ipairs { "lua", "luaproxy" } do
      assert.equal(0, (kit.run { "ln", "-s", root .. "/" .. name, folder .. "/" .. name }))
    end

    local lines = {}
    for line in commands:gmatch("[^\n]+") do lines[#lines + 1] = line end
    local code1, out = kit.run { "sh", "-c", lines[1], cwd = folder, timeout = 60 }
    assert.equal(0, code1, out)
    assert.truthy(out:find("3 successes", 1, true), out)
    local code2, checked = kit.run { "sh", "-c", lines[2], cwd = folder }
    assert.equal(0, code2)
    assert.truthy(checked:find("mine.lua: ok", 1, true), checked)
    kit.spawn({ "sh", "-c", "exec " .. lines[3], cwd = folder }):wait_line("listening on")
  end)

  it("shows no script that does not pass the check", function()
    local checked = 0
    for _, block in ipairs(blocks(readme, "lua")) do
      if block:find("return {", 1, true) and not block:find("describe(", 1, true) then
        local code, _, err = kit.run { script = block, options = { "--check" }, timeout = 60 }
        assert.same({ 0, "" }, { code, err }, block)
        checked = checked + 1
      end
    end
    assert.is_true(checked >= 4)
  end)

  it("says where the library is when luaproxy is installed", function()
    local pattern = readme:match '%-%-lpath="(/usr/local/[^"]+)"'
    local folder = kit.file("", "library"):match("^(.*)/")
    local install = { "make", "install", "DESTDIR=" .. folder, env = { MAKEFLAGS = false } }
    assert.equal(0, (kit.run(install)))
    local library = io.open(folder .. pattern:gsub("?", "luaproxy/testing"))
    assert.equal(0, (kit.run { "rm", "-r", folder .. "/usr" }))
    assert.truthy(library)
    library:close()
  end)
end)

describe("one command", function()
  after_each(kit.cleanup)
  local commands = blocks(section "Five small balancers, one command each", "sh")

  it("puts three numbered servers behind a fixed port", function()
    local proxy = run(commands[1])
    assert.same({ "Hello world from server 1\n", "Hello world from server 2\n",
      "Hello world from server 3\n", "Hello world from server 1\n" }, bodies(proxy, 4))
  end)

  it("puts three backends behind another", function()
    local proxy = run(commands[2])
    assert.same({ "Response from Backend 1\n", "Response from Backend 2\n",
      "Response from Backend 3\n", "Response from Backend 1\n" }, bodies(proxy, 4))
  end)

  it("copies the headers of a backend", function()
    local proxy = run(commands[3])
    assert.equal("one", get(proxy).fields["x-served-by"])
    assert.equal("two", get(proxy).fields["x-served-by"])
  end)

  it("tells each backend of a list of URLs its own Host", function()
    local proxy, _, free = run(commands[4])
    local asked = get(proxy, { Host = "example.com" }).body
    assert.truthy(asked:find("\nHost: " .. free "localhost:9001" .. "\r\n", 1, true), asked)
    asked = get(proxy, { Host = "example.com" }).body
    assert.truthy(asked:find("\nHost: " .. free "localhost:9002" .. "\r\n", 1, true), asked)
  end)

  it("checks its servers, says who is up and down, and answers 503 when none is left", function()
    local proxy, backends = run(commands[5])
    assert.equal(2, #proxy:lines("is UP"))
    for _, backend in ipairs(backends) do backend:kill() end
    proxy:wait_line("is DOWN: connection refused", 15)
    proxy:wait_line("is DOWN: connection refused", 15)
    assert.equal(503, get(proxy).status)
  end)
end)
