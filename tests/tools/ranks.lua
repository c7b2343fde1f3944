-- The rules of core/: which layer may know which, who may know a foreign library, how public
-- functions are named.

local ranks = {}

local rank_of = {
  base = 0,
  conf = 1,
  balance = 2, http = 2, net = 2, vm = 2,
  exchange = 3, feed = 3, script = 3,
  app = 4,
}

-- Foreign headers, and the only files (or folders) that may include them.
local foreign = {
  { "^http_parser%.h$", { "http/judge.c" } },
  { "^nghttp2/", { "http/h2.c" } },
  { "^openssl/", { "net/tls.c" } },
  { "^ares", { "feed/dns.c" } },
  { "^hiredis", { "feed/redis.c" } },
  { "^ev%.h$", { "net/", "feed/", "app/" } },
  { "^l[ua][ua][%w]*%.h$", { "vm/", "script/" } }, -- lua.h, lualib.h, luaconf.h, lauxlib.h
}

-- Public functions begin with the name of their module, with its plural if they are about many, or
-- with one of these.
local other_prefixes = {
  mem = { "arena_" },       -- arenas are memory as well
  head = { "field_" },      -- what a head consists of
  listen = { "listener_" }, -- what listens
}

local function starts_with(text, beginning)
  return text:sub(1, #beginning) == beginning
end

local function is_allowed(file, places)
  local name = file.layer .. "/" .. file.path:match("[^/]+$")
  for _, place in ipairs(places) do
    if starts_with(name, place) then return true end
  end
  return false
end

local function check_system_include(file, include, report)
  for _, rule in ipairs(foreign) do
    local pattern, places = rule[1], rule[2]
    if include.name:match(pattern) and not is_allowed(file, places) then
      local text = ("<%s> is for %s alone"):format(include.name, table.concat(places, ", "))
      report("other", file, include.line, text)
    end
  end
end

-- Returns the module included, as "layer/name", unless the include itself is wrong.
local function check_own_include(file, include, report)
  local layer, module = include.name:match("^([^/]+)/([^/]+)%.h$")
  local own, theirs = rank_of[file.layer], rank_of[layer]
  if not theirs then
    local text = ('"%s" is not written as "layer/file.h"'):format(include.name)
    report("other", file, include.line, text)
    return nil
  end
  local text = ("%s/ (rank %d) must not include %s (rank %d)"):format(
    file.layer, own, include.name, theirs)
  if theirs > own then
    report("upward", file, include.line, text)
  elseif theirs == own and layer ~= file.layer then
    report("sideways", file, include.line, text)
  end
  return layer .. "/" .. module
end

local function has_prefix(name, module)
  if name == module or starts_with(name, module .. "_") then return true end
  if starts_with(name, module .. "s_") then return true end
  for _, prefix in ipairs(other_prefixes[module] or {}) do
    if starts_with(name, prefix) then return true end
  end
  return false
end

local function check_names(file, seen, report)
  local layer = seen[file.module]
  if layer and layer ~= file.layer then
    report("other", file, 1, ("there is a module %s in %s/ as well"):format(file.module, layer))
  end
  seen[file.module] = layer or file.layer
  for _, prototype in ipairs(file.prototypes) do
    if not has_prefix(prototype.name, file.module) then
      local text = ("%s should begin with %s_"):format(prototype.name, file.module)
      report("other", file, prototype.line, text)
    end
  end
end

-- A declaration outside a header goes round all other rules.
local function check_externs(file, report)
  if file.is_header then return end
  for number, line in ipairs(file.code) do
    if line:match("^%s*extern%f[^%w_].*%(") then
      report("other", file, number, "include the header that declares this function")
    end
  end
end

-- The sets of modules that include each other, directly or round about (Tarjan).
local function circles_of(modules)
  local index, low, stack, on_stack, count = {}, {}, {}, {}, 0
  local circles = {}

  local function visit(name)
    count = count + 1
    index[name], low[name] = count, count
    stack[#stack + 1], on_stack[name] = name, true
    for _, edge in ipairs(modules[name]) do
      local to = edge.to
      if not index[to] then
        visit(to)
        low[name] = math.min(low[name], low[to])
      elseif on_stack[to] then
        low[name] = math.min(low[name], index[to])
      end
    end
    if low[name] < index[name] then return end
    local members = {}
    repeat
      local member = table.remove(stack)
      on_stack[member], members[#members + 1] = nil, member
    until member == name
    if #members > 1 then circles[#circles + 1] = members end
  end

  for _, name in ipairs(modules) do
    if not index[name] then visit(name) end
  end
  return circles
end

local function report_circle(members, modules, report)
  table.sort(members)
  local inside = {}
  for _, name in ipairs(members) do inside[name] = true end
  for _, name in ipairs(members) do
    for _, edge in ipairs(modules[name]) do
      if inside[edge.to] then
        report("circle", edge.file, edge.line, ("%s needs %s in the circle %s"):format(
          name, edge.to, table.concat(members, " ")))
      end
    end
  end
end

--- Checks all rules.
-- @tparam {table,...} files from source.read_all("core")
-- @treturn table `violations`: one line of text each; `upward`, `sideways`, `circles`, `other`: how
--   many of each; `largest`: the number of modules in the largest circle, 1 if there is none
function ranks.check(files)
  local result = { violations = {}, upward = 0, sideways = 0, circles = 0, other = 0, largest = 1 }
  local modules, names = {}, {}

  local function report(kind, file, line, text)
    result.violations[#result.violations + 1] = ("%s:%d: %s"):format(file.path, line, text)
    if result[kind] then result[kind] = result[kind] + 1 end
  end

  for _, file in ipairs(files) do
    local name = file.layer .. "/" .. file.module
    if not modules[name] then
      modules[name], modules[#modules + 1] = {}, name
    end
    if rank_of[file.layer] then
      for _, include in ipairs(file.includes) do
        local to = not include.system and check_own_include(file, include, report)
        if include.system then
          check_system_include(file, include, report)
        elseif to and to ~= name then
          table.insert(modules[name], { to = to, file = file, line = include.line })
        end
      end
      check_names(file, names, report)
      check_externs(file, report)
    else
      report("other", file, 1, ("there is no layer %s"):format(file.layer))
    end
  end

  for _, name in ipairs(modules) do
    for _, edge in ipairs(modules[name]) do
      modules[edge.to] = modules[edge.to] or {} -- a header that is not there
    end
  end
  for _, members in ipairs(circles_of(modules)) do
    result.circles = result.circles + 1
    result.largest = math.max(result.largest, #members)
    report_circle(members, modules, report)
  end
  return result
end

return ranks
