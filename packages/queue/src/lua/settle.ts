import { defineScript } from '../run-script.ts'
import { entryTerms } from './entry-terms.ts'
import { heldLetters } from './held-letters.ts'
import { packedCounts } from './packed-counts.ts'
import { NO_ACCOUNT } from './read.ts'
import { streamInfo } from './stream-info.ts'

/** Acks frames, keeps their dead letters and counts their records, all or nothing for each frame. */
export const settleScript = defineScript(`
-- KEYS  1 frames, 2 counters, 3 dead
-- ARGV  1 pump, 2 consumer, 3 most dead letters, then for each frame: id, delivered, filtered, dead-lettered, letters, and for each
--       letter: reason, message, attempts, record id or '', kind, records it stands for, body
-- Reply the ids that were settled by this call; the error NOACCOUNT, and nothing done, when the pump's account was deleted
-- A frame counts only if this consumer holds it and this call acks it: repeated after a lost reply, or sent by a process that was
-- frozen until another took its frames over, it changes nothing. The reads come first, so a key of the wrong type fails the call
-- before its first write; the ack is that first write, and Redis lets a script that has written go on when memory is full: settling,
-- which frees memory, works without any left. A frame that goes to the dead letters as a whole could not be read, so its records are
-- counted as its entry says, not as the caller does.
${packedCounts}${entryTerms}${streamInfo}${heldLetters}
local key, pump, consumer = KEYS[1], ARGV[1], ARGV[2]
local has_account = redis.call('HEXISTS', KEYS[2], pump .. '/base') == 1
local letters_before = redis.call('XLEN', KEYS[3])
if not has_account then return redis.error_reply('${NO_ACCOUNT} the account of the pump is gone') end
local delivered, filtered, dead, letters_kept, settled = 0, 0, 0, 0, {}
local i = 4
while i <= #ARGV do
  local id, letter, letters = ARGV[i], i + 5, tonumber(ARGV[i + 4])
  local next_frame = letter + letters * 7
  local unread = letters == 1 and ARGV[letter + 4] == 'frame' and redis.call('XRANGE', key, id, id)[1]
  local refused = unread and select(2, terms(unread[2])) or tonumber(ARGV[i + 3])
  if deliveries_if_held(key, pump, consumer, id) and redis.call('XACK', key, pump, id) == 1 then
    delivered, filtered, dead = delivered + tonumber(ARGV[i + 1]), filtered + tonumber(ARGV[i + 2]), dead + refused
    settled[#settled + 1] = id
    for at = letter, next_frame - 1, 7 do
      redis.call('XADD', KEYS[3], '*', 'pump', pump, 'frame', id, 'reason', ARGV[at], 'message', ARGV[at + 1], 'attempts', ARGV[at + 2],
        'recordId', ARGV[at + 3], 'kind', ARGV[at + 4], 'records', unread and refused or ARGV[at + 5], 'body', ARGV[at + 6])
      letters_kept = letters_kept + 1
    end
  end
  i = next_frame
end
if delivered > 0 then redis.call('HINCRBY', KEYS[2], pump .. '/delivered', delivered) end
if filtered > 0 then redis.call('HINCRBY', KEYS[2], pump .. '/filtered', filtered) end
if dead > 0 then redis.call('HINCRBY', KEYS[2], pump .. '/deadLettered', dead) end
if letters_kept > 0 then
  local removed = redis.call('XTRIM', KEYS[3], 'MAXLEN', ARGV[3])
  if removed > 0 then redis.call('HINCRBY', KEYS[2], 'deadLettersRemoved', removed) end
  note_letters(KEYS[2], KEYS[3], letters_before)
end
return settled
`)
