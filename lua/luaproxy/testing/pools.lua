--- The pools of a script with its backends, as the proxy makes them.

local function addr_of(text)
  return (text:gsub("^%a+://", ""):gsub("/.*$", ""))
end

-- A backend as it is before its first request.
local function backend_of(entry)
  if type(entry) ~= "table" then entry = { entry } end
  local addr = addr_of(entry[1])
  return {
    id = entry.id or addr, addr = addr, weight = entry.weight or 1, tier = entry.tier or 1,
    tags = entry.tags or {}, inflight = 0, fails = 0, since = 0, up = true, data = {},
  }
end

local function pool_of(name, given)
  local pool = { name = name, all = {} }
  for i, entry in ipairs(given.backends) do pool.all[i] = backend_of(entry) end
  if given.pick then
    pool.policy = type(given.pick) == "table" and given.pick or { pick = given.pick }
  end
  return pool
end

--- The pools of a script, in the order of their names.
-- @tparam table script
-- @treturn {table,...} each with `name`, `all`: the backends, `policy`: nil if the proxy chooses
local function pools_of(script)
  if not script.pools then return { pool_of("default", script) } end
  local names, list = {}, {}
  for name in pairs(script.pools) do names[#names + 1] = name end
  table.sort(names)
  for i, name in ipairs(names) do list[i] = pool_of(name, script.pools[name]) end
  return list
end

return pools_of
