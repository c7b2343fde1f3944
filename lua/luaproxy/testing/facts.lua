--- What the core owns: notices when a script writes it.

local rawequal = rawequal

local facts = {}

local FIELDS = {
  "id", "addr", "weight", "tier", "tags", "inflight", "ewma", "ewma_at", "fails", "since", "up",
  "data",
}

-- Copies a list into another one.
local function copy(from, into)
  for i = 1, #from do into[i] = from[i] end
  for i = #from + 1, #into do into[i] = nil end
end

local function note_values(backend, values)
  values.weight, values.inflight, values.up = backend.weight, backend.inflight, backend.up
  values.ewma, values.ewma_at = backend.ewma, backend.ewma_at
  values.fails, values.since = backend.fails, backend.since
end

--- Room for notes about a pool.
-- @tparam {table,...} all its backends
-- @treturn table
function facts.new(all)
  local noted = { all = { table.unpack(all) }, list = {}, values = {} }
  for i, backend in ipairs(all) do
    noted.values[i] = {}
    for _, name in ipairs(FIELDS) do noted.values[i][name] = backend[name] end
  end
  return noted
end

--- Notes what the backends and a list of them are.
-- @tparam table noted by facts.new
-- @tparam {table,...} list
function facts.note(noted, list)
  copy(list, noted.list)
  for i, backend in ipairs(noted.all) do note_values(backend, noted.values[i]) end
end

local function same(one, other)
  if #one ~= #other then return false end
  for i = 1, #one do
    if not rawequal(one[i], other[i]) then return false end
  end
  return true
end

local function is_as_noted(backend, values)
  return backend.inflight == values.inflight and backend.weight == values.weight
    and backend.up == values.up and backend.fails == values.fails
    and backend.ewma == values.ewma and backend.ewma_at == values.ewma_at
    and backend.since == values.since and backend.id == values.id
    and backend.addr == values.addr and backend.tier == values.tier
    and rawequal(backend.tags, values.tags) and rawequal(backend.data, values.data)
end

local function describe(backend, values)
  for _, name in ipairs(FIELDS) do
    if not rawequal(backend[name], values[name]) then
      return ("wrote `%s` of %s: %s became %s"):format(name, tostring(values.id),
        tostring(values[name]), tostring(backend[name]))
    end
  end
end

--- What has been written since, or nil.
-- @tparam table noted by facts.note
-- @tparam {table,...} all the same list of all
-- @tparam {table,...} list the same list
-- @treturn ?string
function facts.broken(noted, all, list)
  if not same(noted.list, list) then return "changed the list `up`" end
  if not same(noted.all, all) then return "changed the list ctx.all" end
  for i = 1, #all do
    if not is_as_noted(all[i], noted.values[i]) then return describe(all[i], noted.values[i]) end
  end
end

return facts
