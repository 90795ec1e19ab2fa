/**
 * A change is a single event, however it is told: a list and a push, an app and a rule have different shapes for it, so
 * that no hash of a body finds them alike. The entity's state does. Unknown stamps are NaN.
 */

/** Bits: which event has told of the change, and on which condition. */
export const told = {
  news: 0,
  /** The event that told of the entity's last change. */
  lastChange: 1,
  /** The event that told of its creation. */
  creation: 2,
  /** Only where the content does not differ from the state. */
  ifSame: 4
} as const

/**
 * Whether an event that is older than the state tells of a change that is told already, by an event of the same name,
 * entity and stamp from another kind of look. Two from one kind are two changes of one second.
 */
export const isToldByAnother = (look: number, teller: number): boolean => teller !== look

/**
 * An entity is created once and deleted once, until it is restored. An update is the same change where another kind of
 * look told of its stamp and this one shows the same content: two pushes within one second stay two.
 */
export const toldBefore = (
  isCreation: boolean,
  saysDeleted: boolean,
  stamp: number,
  knownStamp: number,
  isDeleted: boolean,
  creationTold: boolean,
  lastToldStamp: number,
  sameLook: boolean
): number => {
  if (saysDeleted) return isDeleted ? told.lastChange : told.news
  if (isDeleted) return told.news
  if (isCreation && creationTold) return stamp > knownStamp ? told.creation | told.ifSame : told.creation
  return stamp === lastToldStamp && stamp === knownStamp && !sameLook ? told.lastChange | told.ifSame : told.news
}
